"""moto's backends, one for each service and region, created at their first use and always in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.s3.models import s3_backends

from sandbox.aws import seeded_random


class Place(NamedTuple):
    """The service, account and region of a backend; `region` is `aws` for global services."""

    service: str
    account: str
    region: str


listeners: list[Callable[[Place, Any], None]] = []
"""Functions that are called with each new backend, before anything is in it."""


def install() -> None:
    """Make moto's initial things of a region (default VPC, zones' subnets) independent of the region's first use."""
    original = AccountSpecificBackend.__getitem__

    def get(backends: Any, region: str) -> Any:
        if region in dict.keys(backends):
            return original(backends, region)
        place = Place(backends.service_name, backends.account_id, region)
        with seeded_random.drawn("/".join(place)):
            backend = original(backends, region)
        for listener in listeners:
            listener(place, backend)
        return backend

    setattr(AccountSpecificBackend, "__getitem__", get)  # noqa: B010  its type is generic


def living() -> Iterator[tuple[Place, Any]]:
    """Every existing backend."""
    for backends in list(_used()):
        for account, of_account in list(backends.items()):
            for region, backend in list(of_account.items()):
                yield Place(backends.service_name, account, region), backend


def clear() -> None:
    """Drop all backends."""
    for backends in list(_used()):
        backends.clear()
    # Which account has a bucket is known beside the backends, because no two accounts have one of the same name.
    s3_backends.bucket_accounts.clear()
    _used().clear()


def _used() -> list[Any]:
    """The services with a backend."""
    return vars(BackendDict)["_instances"]
