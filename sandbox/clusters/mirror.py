"""A copy of a collection of an API server, updated by a watch."""

from __future__ import annotations

import threading

from sandbox.clusters.client import Api
from sandbox.clusters.watching import Object, Watching


class Mirror:
    """A collection's objects by uid."""

    def __init__(self, api: Api, path: str, name: str) -> None:
        """`path` is the collection's. The watch begins with `start`."""
        self._objects: dict[str, Object] = {}
        self._known = False
        self._lock = threading.Lock()
        self._watching = Watching(
            f"mirror {name}", api, path, listed=self._replace, changed=self._keep, deleted=self._forget
        )
        self.start, self.stop = self._watching.start, self._watching.stop

    def objects(self) -> dict[str, Object] | None:
        """The objects by uid; None before the first list."""
        with self._lock:
            return dict(self._objects) if self._known else None

    def _replace(self, found: list[Object]) -> None:
        with self._lock:
            self._objects = {item["metadata"]["uid"]: item for item in found}
            self._known = True

    def _keep(self, found: Object) -> None:
        with self._lock:
            self._objects[found["metadata"]["uid"]] = found

    def _forget(self, deleted: Object) -> None:
        with self._lock:
            self._objects.pop(deleted["metadata"]["uid"], None)
