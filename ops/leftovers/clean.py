"""Delete objects from the clusters, so that the clusters' own controllers delete their AWS resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from ops.leftovers import karmada, objects
from ops.leftovers.kube import Api, Reference
from ops.leftovers.objects import Found
from ops.leftovers.waiting import Patience, Say


def survey(apis: Mapping[str, Api], *, retained: bool) -> dict[str, Found]:
    """Return the objects to delete in each cluster, by its name."""

    def look(name: str) -> Found:
        return objects.find(apis[name], name, retained=retained)

    with ThreadPoolExecutor(max(1, len(apis))) as pool:
        return dict(zip(apis, pool.map(look, apis), strict=True))


def sources(apis: Mapping[str, Api], found: Mapping[str, Found]) -> list[Reference]:
    """Return the federated objects to delete first, because their engine would create the clusters' again.

    They are on the host, or in Karmada, if its API is among `apis`.
    """
    managed = [each for cluster in found.values() for each in cluster.managed]
    if not managed:
        return []
    if karmada.CONTEXT in apis:
        return karmada.templates(apis[karmada.CONTEXT], managed)
    return [each for name, api in apis.items() for each in objects.sources(api, name, managed)]


def clean(
    apis: Mapping[str, Api], first: Sequence[Reference], found: Mapping[str, Found], patience: Patience, say: Say
) -> list[str]:
    """Delete the federated objects, then the rest. Return a line for each object that still exists in the end."""
    remaining = _delete(apis, first, patience, say)
    rest = [each for cluster in found.values() for each in cluster.objects]
    return remaining + _delete(apis, rest, patience, say)


def _delete(apis: Mapping[str, Api], references: Iterable[Reference], patience: Patience, say: Say) -> list[str]:
    remaining = list(references)
    for each in remaining:
        say(f"{each.cluster}: deleting {each}")
        apis[each.cluster].delete(each)
    known = {each: each.uid for each in remaining}

    def done() -> bool:
        remaining[:] = [each for each in remaining if _exists(apis[each.cluster], each, known[each])]
        return not remaining

    if not patience.until(done):
        return [_line(apis[each.cluster], each) for each in remaining]
    return []


def _exists(api: Api, reference: Reference, uid: str) -> bool:
    found = api.get(reference)
    return found is not None and (not uid or found["metadata"].get("uid") == uid)


def _line(api: Api, reference: Reference) -> str:
    found = api.get(reference) or {"metadata": {}}
    finalizers = ", ".join(found["metadata"].get("finalizers") or ())
    reason = f"its finalizers wait: {finalizers}" if finalizers else "it still exists"
    return f"{reference.cluster}: {reference}: {reason}"


def again(apis: Mapping[str, Api], *, retained: bool, look: Callable[..., dict[str, Found]] = survey) -> list[str]:
    """Return a line for each object that has been created again since its deletion."""
    return [
        f"{name}: {each}: something makes it again (the engine, an operator, Argo CD, Flux?); delete it there first"
        for name, cluster in look(apis, retained=retained).items()
        for each in cluster.objects
    ]
