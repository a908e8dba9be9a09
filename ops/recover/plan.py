"""The steps for each operation that a killed update left pending, and for things that only AWS knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ops.errors import UserError
from ops.leftovers.waiting import Patience, Say
from ops.recover import kubernetes
from ops.recover.kubernetes import Releases
from ops.recover.look import Looker, Thing
from ops.recover.lost import Lost
from ops.recover.row import Row
from ops.recover.state import PROVIDERS, Resource, State, inputs_of
from ops.recover.step import Step, Verb
from ops.recover.strays import Stray
from ops.recover.table import TABLE

LATE = (0.0, 1.0, 3.0)
"""Seconds before each lookup in AWS, whose lists show new things only after a while."""


class Planner:
    """The plan of a recovery, from lookups in AWS and the clusters until nothing changes there."""

    def __init__(
        self,
        state: State,
        looker: Looker,
        releases: Callable[[Resource], Releases],
        *,
        patience: Patience,
        say: Say,
        sleep: Callable[[float], None],
    ) -> None:
        """`releases` connects to the cluster of a provider for Kubernetes."""
        self._state, self._looker, self._releases = state, looker, releases
        self._patience, self._say, self._sleep = patience, say, sleep
        self._taken = set(state.ids)
        self._moving: set[str] = set()
        self.known: set[str] = set()
        """The ids of things that a second creation adopts."""

    def steps(self) -> list[Step]:
        """Return the steps for all pending operations. Raise UserError."""
        creating = self._state.operations("creating")
        steps = [step for resource in creating if (step := self._known(resource))]
        steps += self._of_aws([resource for resource in creating if resource["type"] in TABLE])
        steps += self._to_read()
        return steps

    def lost(self, lost: Lost) -> Iterator[Step]:
        """Yield the steps for resources that exist in AWS and that the state lacks. Raise UserError."""
        for resource in lost.resources:
            row = TABLE.get(resource["type"])
            if row is None or row.again or self._is_another(row, resource):
                continue
            if thing := self._at_rest(resource, self._first(resource)):
                self._taken.add((resource["type"], thing.id))
                if thing.unfinished and lost.declares(row.finished_by, on=resource):
                    thing = replace(thing, unfinished=False)
                step = _step({**resource, "inputs": {**inputs_of(resource), **thing.names}}, thing)
                yield replace(step, why=f"the program declares it, and {step.why}", parents=lost.parents(resource))

    def _is_another(self, row: Row, resource: Resource) -> bool:
        """Whether a resource of the state is the same thing in AWS, because the program has renamed it."""
        if row.tags:
            return False  # Its id is the one in the state.
        region, identity = self._looker.region(resource), row.identity(inputs_of(resource))
        return any(
            row.identity(inputs_of(each)) == identity and self._looker.region(each) == region
            for each in self._state.resources
            if each["type"] == resource["type"]
        )

    def _known(self, resource: Resource) -> Step | None:
        """Return the step of a resource that needs no lookup in AWS; None for any other."""
        if resource["type"] in TABLE:
            return None
        if resource["type"].startswith("pulumi:") or not resource.get("custom", True):
            return Step(verb=Verb.FORGET, resource=resource, why="the next update creates it again")
        if resource["type"].startswith("kubernetes:"):
            return self._of_kubernetes(resource)
        raise UserError(
            f"{resource['urn']}: {resource['type']} is of a type that this command can't look up; look it up by hand, "
            "and import it: pulumi import, or forget it: pulumi refresh --clear-pending-creates"
        )

    def _of_kubernetes(self, resource: Resource) -> Step:
        provider = self._state.provider(resource)
        if resource["type"] == kubernetes.RELEASE:
            release = self._releases(provider).find(resource)
            if release is None:
                return Step(verb=Verb.FORGET, resource=resource, why="its cluster has no such release")
            verb = Verb.IMPORT if release.deployed else Verb.DELETE
            return Step(verb=verb, resource=resource, id=release.id, why=f"the release is {release.status}")
        if kubernetes.takes_over(provider):
            return Step(verb=Verb.FORGET, resource=resource, why="the next update takes it over, if it exists")
        return Step(verb=Verb.IMPORT, resource=resource, id=kubernetes.id_of(resource), why="if the cluster has it")

    def _of_aws(self, resources: Sequence[Resource]) -> list[Step]:
        found: dict[str, Thing] = {}
        missing = [resource for resource in resources if not TABLE[resource["type"]].again]
        for resource in (each for each in resources if TABLE[each["type"]].again):
            self.known.update(thing.id for thing in self._looker.things(TABLE[resource["type"]], resource))
        for pause in LATE:
            if missing := [resource for resource in missing if resource["urn"] not in found]:
                self._sleep(pause)
            for resource in missing:
                if thing := self._first(resource):
                    self._taken.add((resource["type"], thing.id))
                    found[resource["urn"]] = thing
        return [_step(resource, self._at_rest(resource, found.get(resource["urn"]))) for resource in resources]

    def _first(self, resource: Resource) -> Thing | None:
        things = self._looker.things(TABLE[resource["type"]], resource)
        return next((thing for thing in things if (resource["type"], thing.id) not in self._taken), None)

    def _at_rest(self, resource: Resource, thing: Thing | None) -> Thing | None:
        """Return the thing once it has stopped changing; None if it is deleted by then. Raise UserError."""
        seen = [thing]

        def done() -> bool:
            if seen[0] is None or not seen[0].busy:
                return True
            self._report(resource, seen[0])
            things = self._looker.things(TABLE[resource["type"]], resource)
            seen[0] = next((each for each in things if each.id == seen[0].id), None) if seen[0] else None
            return seen[0] is None or not seen[0].busy

        if not self._patience.until(done):
            raise UserError(_late(resource, seen[0], self._patience.seconds))
        return seen[0]

    def _report(self, resource: Resource, thing: Thing) -> None:
        if thing.id not in self._moving:
            self._moving.add(thing.id)
            self._say(f"waiting for {resource['type']} {thing.id}, which is {thing.state}")

    def _to_read(self) -> Iterator[Step]:
        """Yield the steps for resources that the provider reads, once they have stopped changing."""
        again = {resource["urn"]: resource for resource in self._state.operations("updating", "deleting")}
        for resource in again.values():
            if _read(resource):
                if resource["type"] in TABLE:
                    self._wait_for_rest(resource)
                elif resource["type"] == kubernetes.RELEASE:
                    yield from self._undone(resource)
                yield Step(
                    verb=Verb.READ,
                    resource=resource,
                    id=str(resource.get("id")),
                    why="its update or deletion was cut off",
                )
        for resource in self._state.unread:
            if resource["urn"] not in again:
                yield Step(
                    verb=Verb.READ, resource=resource, id=str(resource["id"]), why="an earlier recovery was cut off"
                )

    def _undone(self, resource: Resource) -> Iterator[Step]:
        """Yield the step that lets Helm continue with a release whose upgrade was interrupted."""
        releases = self._releases(self._state.provider(resource))
        release = releases.find(resource)
        if release and release.pending:
            why = f"its last revision is {release.status}, and helm refuses another as long as it is"
            yield Step(
                verb=Verb.UNDO,
                resource=resource,
                id=release.secret.name,
                why=why,
                undo=lambda: releases.undo(release),
            )

    def _wait_for_rest(self, resource: Resource) -> None:
        for thing in self._looker.things(TABLE[resource["type"]], resource):
            if thing.busy:
                self._at_rest(resource, thing)


def deletions(strays: Iterable[Stray]) -> list[Step]:
    """Return the steps that delete things with the stack's tags that are no resources of it."""
    why = "it has the stack's tags, and the state doesn't know it"
    return [Step(verb=Verb.DELETE, resource=stray.resource, id=stray.id, why=why) for stray in strays]


def _read(resource: Resource) -> bool:
    return bool(resource.get("custom", True)) and not resource["type"].startswith(("pulumi:pulumi:", PROVIDERS))


def _step(resource: Resource, thing: Thing | None) -> Step:
    if TABLE[resource["type"]].again:
        return Step(
            verb=Verb.FORGET, resource=resource, why="the next update creates it again, and takes over the first"
        )
    if thing is None:
        return Step(verb=Verb.FORGET, resource=resource, why="AWS has no such thing")
    if thing.failed or thing.unfinished:
        why = f"AWS says {thing.state}" if thing.failed else "its creation was cut off halfway"
        return Step(verb=Verb.DELETE, resource=resource, id=thing.id, why=why)
    return Step(verb=Verb.IMPORT, resource=resource, id=thing.id, why=f"AWS has it in {thing.region}")


def _late(resource: Resource, thing: Thing | None, seconds: float) -> str:
    state = thing.state if thing else "gone"
    return (
        f"{resource['type']} {thing.id if thing else ''}: {state} still, after {seconds / 60:g} minutes; wait until "
        "AWS has done with it, and run the command again"
    )
