"""The objects of one collection of an API server, kept up to date by a watch."""

from __future__ import annotations

import logging
import threading
from typing import Any

from sandbox.kubernetes.client import Api, ApiError, Watch

logger = logging.getLogger(__name__)


class Mirror:
    """A collection's objects by uid."""

    def __init__(self, api: Api, path: str, name: str) -> None:
        """`path` is the collection's. Nothing is watched yet."""
        self._api, self._path, self._name = api, path, name
        self._objects: dict[str, dict[str, Any]] = {}
        self._known = False
        self._stopping = threading.Event()
        self._watch: Watch | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"watch {path} {name}", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()
        if self._watch:
            self._watch.close()

    def objects(self) -> dict[str, dict[str, Any]] | None:
        """The objects by uid; None before the first list."""
        with self._lock:
            return dict(self._objects) if self._known else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except ApiError as error:
                if not self._stopping.is_set():
                    logger.info("%s: %s is listed anew: %s", self._name, self._path, error)
            except Exception:
                logger.exception("%s: %s is listed anew", self._name, self._path)
            self._stopping.wait(0.5)

    def _follow(self) -> None:
        listed = self._api.get(self._path)
        with self._lock:
            self._objects = {one["metadata"]["uid"]: one for one in listed["items"]}
            self._known = True
        version = listed["metadata"]["resourceVersion"]
        while not self._stopping.is_set():
            self._watch = self._api.watch(self._path, version)
            if self._stopping.is_set():
                self._watch.close()
            for event in self._watch.events():
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    self._note(event["type"], event["object"])

    def _note(self, kind: str, found: dict[str, Any]) -> None:
        with self._lock:
            if kind == "DELETED":
                self._objects.pop(found["metadata"]["uid"], None)
            else:
                self._objects[found["metadata"]["uid"]] = found
