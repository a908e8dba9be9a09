"""moto's backends, one for each service and region: made when they are first used, and always the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from moto.core.base_backend import AccountSpecificBackend, BackendDict

from sandbox.aws import chance


class Place(NamedTuple):
    """Where a backend belongs; `region` is `aws` for services that have none."""

    service: str
    account: str
    region: str


made: list[Callable[[Place, Any], None]] = []
"""Called with each new backend, before anything of ours is in it."""


def install() -> None:
    """Make what moto puts into a region (default VPC, zones' subnets) independent of when the region is first used."""
    original = AccountSpecificBackend.__getitem__

    def get(backends: Any, region: str) -> Any:
        if region in dict.keys(backends):
            return original(backends, region)
        place = Place(backends.service_name, backends.account_id, region)
        with chance.drawn("/".join(place)):
            backend = original(backends, region)
        for listener in made:
            listener(place, backend)
        return backend

    setattr(AccountSpecificBackend, "__getitem__", get)  # noqa: B010  its type is generic


def living() -> Iterator[tuple[Place, Any]]:
    """Every backend there is."""
    for backends in list(_used()):
        for account, of_account in list(backends.items()):
            for region, backend in list(of_account.items()):
                yield Place(backends.service_name, account, region), backend


def clear() -> None:
    """Forget all of them."""
    for backends in list(_used()):
        backends.clear()
    _used().clear()


def _used() -> list[Any]:
    """The services that have a backend."""
    return vars(BackendDict)["_instances"]
