"""One run: look, and, if it is wanted, clean the clusters and delete the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from ops import aws
from ops.aws import AwsError, Call
from ops.errors import UserError
from ops.leftovers import clean, clusters, find, objects
from ops.leftovers.clusters import Cluster, Named
from ops.leftovers.delete import delete
from ops.leftovers.find import Leftover
from ops.leftovers.kube import Api, Connection
from ops.leftovers.table import table
from ops.leftovers.waiting import Patience, Say

T = TypeVar("T")

AT_ONCE = 8
"""The most regions that are looked at side by side."""

KEPT = (
    "its PersistentVolume's policy is Retain; add --retained to delete it with what is on it, or take its cluster's "
    "tag off to keep it: aws ec2 delete-tags --resources {id}"
)
"""Why a volume is not deleted."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is asked for."""

    stack: str
    delete: bool = False
    retained: bool = False
    """Whether volumes go whose policy is Retain."""
    only: tuple[str, ...] = ()
    """The clusters to look at, as REGION/NAME; empty: all that the stack has or had."""
    minutes: float = 15


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is left in the end."""

    left: Sequence[Leftover] = ()
    why: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why something is still there, by its id."""
    notes: Sequence[str] = ()
    """Lines for the end of the output."""
    failed: bool = False
    """Whether something is left in a cluster."""
    tried: bool = False
    """Whether anything was to be deleted."""


class Run:
    """One run of the command."""

    def __init__(
        self,
        options: Options,
        *,
        consent: Callable[[str], bool],
        say: Say,
        call: Call = aws.call,
        connect: Callable[[Cluster, str], Api] = Connection,
        patience: Patience | None = None,
    ) -> None:
        """`consent` is shown what would be deleted, and returns whether it may be."""
        self._options, self._consent, self._say, self._call, self._connect = options, consent, say, call, connect
        self._patience = patience or Patience(60 * options.minutes)
        self._notes: list[str] = []

    def result(self) -> Result:
        """Look, delete if it is wanted, and return what is left. Raise UserError."""
        known = self._clusters()
        if not self._options.delete:
            return Result(left=self._find(known), notes=self._notes)
        apis = {one.name: self._connect(one, self._options.stack) for one in known if one.alive}
        kept = {} if self._options.retained else {name: objects.kept_volumes(api) for name, api in apis.items()}
        found = clean.survey(apis, retained=self._options.retained)
        first = clean.sources(apis, found)
        doomed = [*first, *(each for one in found.values() for each in one.objects)]
        left = self._deletable(known, kept)
        if not doomed and not left and not _ids(kept):
            return Result(notes=self._notes, tried=True)
        if doomed or left:
            self._ask([*(f"{each.cluster}: {each}" for each in doomed), *([table(left)] if left else [])])
        remains = clean.clean(apis, first, found, self._patience, self._say)
        remains += clean.again(apis, retained=self._options.retained) if doomed and not remains else []
        # What the clusters' controllers have removed by now is not there any more.
        why = self._delete(known, self._deletable(known, kept) if doomed else left)
        why |= {id: KEPT.format(id=id) for id in _ids(kept)}
        left = self._find(known)
        shown = {one.id: why[one.id] for one in left if one.id in why}
        return Result(left=left, why=shown, notes=[*self._notes, *remains], failed=bool(remains), tried=True)

    def _ask(self, lines: Sequence[str]) -> None:
        if not self._consent("\n".join(lines)):
            raise UserError("--delete: nothing was deleted, because the answer was another than the stack's name")

    def _clusters(self) -> list[Cluster]:
        named, up = clusters.named(self._options.stack, self._options.only)

        def look(one: Named) -> Cluster | None:
            return clusters.look_up(self._call, self._options.stack, one, up=one in up)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = list(pool.map(look, named))
        for one in (each for each, cluster in zip(named, told, strict=True) if cluster is None):
            self._notes.append(
                f"{one.name} in {one.region} is no cluster of this stack: its tag `stack` names another. Nothing of it "
                "was looked at."
            )
        return [cluster for cluster in told if cluster]

    def _find(self, known: Sequence[Cluster]) -> list[Leftover]:
        return [each for found in self._of_each(known, lambda one: find.find(self._call, one)) for each in found]

    def _deletable(self, known: Sequence[Cluster], kept: Mapping[str, set[str]]) -> list[Leftover]:
        return [one for one in self._find(known) if one.id not in _ids(kept)]

    def _delete(self, known: Sequence[Cluster], left: Sequence[Leftover]) -> dict[str, str]:
        def delete_of(cluster: Cluster) -> dict[str, str]:
            own = [one for one in left if (one.region, one.cluster) == (cluster.region, cluster.name)]
            return delete(self._call, cluster, own, self._patience, self._say)

        return {id: why for each in self._of_each(known, delete_of) for id, why in each.items()}

    def _of_each(self, known: Sequence[Cluster], work: Callable[[Cluster], T]) -> list[T]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return list(pool.map(work, known))
            except AwsError as error:
                raise UserError(f"AWS refuses: {error}; docs/leftovers.md lists the rights that it takes") from None


def _ids(kept: Mapping[str, set[str]]) -> set[str]:
    return {id for ids in kept.values() for id in ids}
