"""Manifests for every cluster, or for some of them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from components import source
from settings.entries import Entry
from settings.form import Form

URL = r"https?://[^\s/]+/\S+"


def _url(value: str) -> str:
    if not re.fullmatch(URL, value):
        raise ValueError("is no URL of a manifest; give one that begins with https://, or set file")
    if not source.is_safe(value):
        raise ValueError("is not https, so that anybody in between could change the manifest; give an https URL")
    if moving := source.moving(value):
        raise ValueError(
            f"is not pinned, because {moving} can change at any time; give the URL of a release or a commit, or save "
            "it to a file"
        )
    return value


class Manifest(Entry):
    """The objects of a manifest, as `kubectl apply -f` takes it."""

    file: str | None = Field(default=None, min_length=1)
    """A file of YAML."""
    url: Annotated[str, AfterValidator(_url), Form("It begins with `https://`.", URL)] | None = None
    """The URL of a release or a commit. A branch's URL is refused, because its content changes."""

    @property
    def source(self) -> str:
        """The file or the URL."""
        return self.file or self.url or ""

    @model_validator(mode="after")
    def _one_source(self) -> Manifest:
        if (self.file is None) == (self.url is None):
            raise ValueError(
                f"file and url are {'both' if self.file else 'not'} set for {self.name}; set the file, or the URL"
            )
        if self.file and "://" in self.file:
            raise ValueError(f"file: {self.file} is a URL; set url")
        return self
