"""A run: look, and with `--delete` clean the clusters and delete the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from ops import aws, outputs
from ops.aws import AwsError, Call
from ops.errors import UserError
from ops.leftovers import clean, clusters, find, karmada, objects
from ops.leftovers.clusters import Cluster, Named
from ops.leftovers.delete import delete
from ops.leftovers.find import Leftover
from ops.leftovers.kube import Api, Connection
from ops.leftovers.table import table
from ops.leftovers.waiting import Patience, Say

T = TypeVar("T")

AT_ONCE = 8
"""The most regions that are read at once."""

KEPT = (
    "its PersistentVolume's policy is Retain; add --retained to delete it with its data, or remove its cluster's tag "
    "to keep it: aws ec2 delete-tags --resources {id}"
)
"""The reason why a volume is not deleted."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run."""

    stack: str
    delete: bool = False
    retained: bool = False
    """Whether volumes with the policy Retain are deleted."""
    only: tuple[str, ...] = ()
    """The clusters to look at, as REGION/NAME; empty: all that the stack has or had."""
    minutes: float = 15


@dataclass(frozen=True, kw_only=True)
class Result:
    """The leftovers after the run."""

    left: Sequence[Leftover] = ()
    why: Mapping[str, str] = field(default_factory=dict[str, str])
    """The reasons why leftovers still exist, by id."""
    notes: Sequence[str] = ()
    """Lines for the end of the output."""
    failed: bool = False
    """Whether objects are left in a cluster."""
    tried: bool = False
    """Whether the run was to delete."""


class Run:
    """A run of the command."""

    def __init__(
        self,
        options: Options,
        *,
        consent: Callable[[str], bool],
        say: Say,
        begin: Say,
        call: Call = aws.call,
        connect: Callable[..., Api] = Connection,
        patience: Patience | None = None,
    ) -> None:
        """Take the options, and `consent`, which prints what would be deleted and returns whether it may be.

        `begin` shows the title of a stage, `say` its details.
        """
        self._options, self._consent, self._say, self._begin = options, consent, say, begin
        self._call, self._connect = call, connect
        self._patience = patience or Patience(60 * options.minutes)
        self._notes: list[str] = []

    def result(self) -> Result:
        """Look, delete with the option `delete`, and return the leftovers. Raise UserError."""
        self._begin("looking for leftovers")
        known = self._clusters()
        if not self._options.delete:
            return Result(left=self._find(known), notes=self._notes)
        apis = {each.name: self._connect(each, self._options.stack) for each in known if each.alive}
        kept = {} if self._options.retained else {name: objects.kept_volumes(api) for name, api in apis.items()}
        found = clean.survey(apis, retained=self._options.retained)
        apis |= self._karmada(found)
        first = clean.sources(apis, found)
        doomed = [*first, *(each for cluster in found.values() for each in cluster.objects)]
        left = self._deletable(known, kept)
        if not doomed and not left and not _ids(kept):
            return Result(notes=self._notes, tried=True)
        if doomed or left:
            self._ask([*(f"{each.cluster}: {each}" for each in doomed), *([table(left)] if left else [])])
            self._begin("deleting them")
        remaining = clean.clean(apis, first, found, self._patience, self._say)
        again = {name: api for name, api in apis.items() if name != karmada.CONTEXT}
        remaining += clean.again(again, retained=self._options.retained) if doomed and not remaining else []
        # Look again, because the clusters' controllers have deleted some leftovers by now.
        reasons = self._delete(known, self._deletable(known, kept) if doomed else left)
        reasons |= {id: KEPT.format(id=id) for id in _ids(kept)}
        left = self._find(known)
        shown = {each.id: reasons[each.id] for each in left if each.id in reasons}
        return Result(left=left, why=shown, notes=[*self._notes, *remaining], failed=bool(remaining), tried=True)

    def _karmada(self, found: Mapping[str, objects.Found]) -> dict[str, Api]:
        """Return Karmada's API by its context, if the fleet has Karmada and it has created what would be deleted."""
        if not any(cluster.managed for cluster in found.values()):
            return {}
        access = karmada.access(outputs.whatever(self._options.stack))
        return {karmada.CONTEXT: self._connect(karmada.api_of(access), self._options.stack, access)} if access else {}

    def _ask(self, lines: Sequence[str]) -> None:
        if not self._consent("\n".join(lines)):
            raise UserError("--delete: nothing was deleted, because the answer was not the stack's name")

    def _clusters(self) -> list[Cluster]:
        named, up = clusters.named(self._options.stack, self._options.only)

        def look(cluster_name: Named) -> Cluster | None:
            return clusters.look_up(self._call, self._options.stack, cluster_name, up=cluster_name in up)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(look, named))
        for other in (each for each, cluster in zip(named, found, strict=True) if cluster is None):
            self._notes.append(
                f"{other.name} in {other.region} is no cluster of this stack: its tag `stack` names another. It was "
                "skipped."
            )
        return [cluster for cluster in found if cluster]

    def _find(self, known: Sequence[Cluster]) -> list[Leftover]:
        def left(cluster: Cluster) -> list[Leftover]:
            return karmada.others(cluster, find.find(self._call, cluster))

        return [each for found in self._of_each(known, left) for each in found]

    def _deletable(self, known: Sequence[Cluster], kept: Mapping[str, set[str]]) -> list[Leftover]:
        return [leftover for leftover in self._find(known) if leftover.id not in _ids(kept)]

    def _delete(self, known: Sequence[Cluster], left: Sequence[Leftover]) -> dict[str, str]:
        def delete_of(cluster: Cluster) -> dict[str, str]:
            own = [
                leftover for leftover in left if (leftover.region, leftover.cluster) == (cluster.region, cluster.name)
            ]
            return delete(self._call, cluster, own, self._patience, self._say)

        return {id: reason for each in self._of_each(known, delete_of) for id, reason in each.items()}

    def _of_each(self, known: Sequence[Cluster], work: Callable[[Cluster], T]) -> list[T]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return list(pool.map(work, known))
            except AwsError as error:
                raise UserError(f"AWS refuses: {error}; allow the actions that docs/leftovers.md lists") from None


def _ids(kept: Mapping[str, set[str]]) -> set[str]:
    return {id for ids in kept.values() for id in ids}
