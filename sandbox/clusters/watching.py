"""A list and then a watch of a collection of an API server, which restarts whenever it breaks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from sandbox.clusters.client import Api, ApiError, Watch

logger = logging.getLogger(__name__)

Object = dict[str, Any]

PAUSE = 0.5
"""Seconds before a collection is listed again."""

LONGEST = 300
"""Seconds of a watch. The next continues at its end."""


class Watching:
    """A watch of a collection in a thread of its own."""

    def __init__(
        self,
        name: str,
        api: Api,
        path: str,
        *,
        listed: Callable[[list[Object]], None],
        changed: Callable[[Object], None],
        deleted: Callable[[Object], None],
        **selector: str,
    ) -> None:
        """`path` is the collection's, `name` the thread's and the log's. The watch begins with `start`.

        `listed` gets all objects at each start. Then `changed` and `deleted` get one at a time.
        """
        self._name, self._api, self._path, self._selector = name, api, path, selector
        self._listed, self._changed, self._deleted = listed, changed, deleted
        self._stopping = threading.Event()
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether a stop was requested."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()
        if self._watch:
            self._watch.close()

    def _run(self) -> None:
        while not self.stopping:
            try:
                self._follow()
            except ApiError as error:
                if not self.stopping:
                    logger.info("%s: %s is listed anew: %s", self._name, self._path, error)
            except Exception:
                logger.exception("%s: %s is listed anew", self._name, self._path)
            self._stopping.wait(PAUSE)

    def _follow(self) -> None:
        found = self._api.get(self._path, **self._selector)
        self._listed(found["items"])
        version = found["metadata"]["resourceVersion"]
        while not self.stopping:
            self._watch = self._api.watch(self._path, version, LONGEST, **self._selector)
            if self.stopping:
                self._watch.close()
            for event in self._watch.events():
                if self.stopping:
                    return
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] == "DELETED":
                    self._deleted(event["object"])
                elif event["type"] != "BOOKMARK":
                    self._changed(event["object"])
