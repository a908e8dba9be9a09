"""Remove objects from the clusters, so that the clusters' own controllers remove what they have made in AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from ops.leftovers import objects
from ops.leftovers.kube import Api, Reference
from ops.leftovers.objects import Found
from ops.leftovers.waiting import Patience, Say


def survey(apis: Mapping[str, Api], *, retained: bool) -> dict[str, Found]:
    """Return what has to go in each cluster, by its name."""

    def look(name: str) -> Found:
        return objects.find(apis[name], name, retained=retained)

    with ThreadPoolExecutor(max(1, len(apis))) as pool:
        return dict(zip(apis, pool.map(look, apis), strict=True))


def sources(apis: Mapping[str, Api], found: Mapping[str, Found]) -> list[Reference]:
    """Return the federated objects that the host has to lose first, or kubefed would make theirs again."""
    managed = [each for one in found.values() for each in one.managed]
    if not managed:
        return []
    return [each for name, api in apis.items() for each in objects.sources(api, name, managed)]


def clean(
    apis: Mapping[str, Api], first: Sequence[Reference], found: Mapping[str, Found], patience: Patience, say: Say
) -> list[str]:
    """Delete the federated objects, then the rest; return a line for each object that is still there in the end."""
    left = _delete(apis, first, patience, say)
    rest = [each for one in found.values() for each in one.objects]
    return left + _delete(apis, rest, patience, say)


def _delete(apis: Mapping[str, Api], references: Iterable[Reference], patience: Patience, say: Say) -> list[str]:
    waiting = list(references)
    for each in waiting:
        say(f"{each.cluster}: deleting {each}")
        apis[each.cluster].delete(each)
    known = {each: each.uid for each in waiting}

    def done() -> bool:
        waiting[:] = [each for each in waiting if _there(apis[each.cluster], each, known[each])]
        return not waiting

    if not patience.until(done):
        return [_still(apis[each.cluster], each) for each in waiting]
    return []


def _there(api: Api, reference: Reference, uid: str) -> bool:
    found = api.get(reference)
    return found is not None and (not uid or found["metadata"].get("uid") == uid)


def _still(api: Api, reference: Reference) -> str:
    found = api.get(reference) or {"metadata": {}}
    finalizers = ", ".join(found["metadata"].get("finalizers") or ())
    why = f"its finalizers wait: {finalizers}" if finalizers else "it is not gone yet"
    return f"{reference.cluster}: {reference}: {why}"


def again(apis: Mapping[str, Api], *, retained: bool, look: Callable[..., dict[str, Found]] = survey) -> list[str]:
    """Return a line for each object that something has made again since it was deleted."""
    return [
        f"{name}: {each}: something makes it again (kubefed, an operator, Argo CD, Flux?); delete it there first"
        for name, one in look(apis, retained=retained).items()
        for each in one.objects
    ]
