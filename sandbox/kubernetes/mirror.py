"""The objects of one collection of an API server, kept up to date by a watch."""

from __future__ import annotations

import threading

from sandbox.kubernetes.client import Api
from sandbox.kubernetes.watching import Object, Watching


class Mirror:
    """A collection's objects by uid."""

    def __init__(self, api: Api, path: str, name: str) -> None:
        """`path` is the collection's. Nothing is watched yet."""
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
            self._objects = {one["metadata"]["uid"]: one for one in found}
            self._known = True

    def _keep(self, found: Object) -> None:
        with self._lock:
            self._objects[found["metadata"]["uid"]] = found

    def _forget(self, gone: Object) -> None:
        with self._lock:
            self._objects.pop(gone["metadata"]["uid"], None)
