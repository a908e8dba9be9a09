"""What is done about each operation that a killed update was amid, and about what only AWS knows."""

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
"""Seconds before each look at AWS, whose lists show what has just been created a little later."""


class Planner:
    """Looks at AWS and at the clusters until everything has come to rest there."""

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
        """The ids of things that a second creation takes over."""

    def steps(self) -> list[Step]:
        """Return the steps for all pending operations. Raise UserError."""
        creating = self._state.operations("creating")
        steps = [step for one in creating if (step := self._known(one))]
        steps += self._of_aws([one for one in creating if one["type"] in TABLE])
        steps += self._to_read()
        return steps

    def lost(self, lost: Lost) -> Iterator[Step]:
        """Yield the steps for what AWS has of the resources that the state lacks. Raise UserError."""
        for one in lost.resources:
            row = TABLE.get(one["type"])
            if row is None or row.again or self._is_another(row, one):
                continue
            if thing := self._at_rest(one, self._first(one)):
                self._taken.add((one["type"], thing.id))
                if thing.unfinished and lost.declares(row.finished_by, on=one):
                    thing = replace(thing, unfinished=False)
                step = _step({**one, "inputs": {**inputs_of(one), **thing.names}}, thing)
                yield replace(step, why=f"the program declares it, and {step.why}", parents=lost.parents(one))

    def _is_another(self, row: Row, resource: Resource) -> bool:
        """Whether another resource of the state is the same thing in AWS, because the program has renamed it."""
        if row.tags:
            return False  # Its id is the one in the state.
        region, identity = self._looker.region(resource), row.identity(inputs_of(resource))
        return any(
            row.identity(inputs_of(one)) == identity and self._looker.region(one) == region
            for one in self._state.resources
            if one["type"] == resource["type"]
        )

    def _known(self, resource: Resource) -> Step | None:
        """Return the step of what AWS doesn't have to be asked about."""
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
        missing = [one for one in resources if not TABLE[one["type"]].again]
        for one in (each for each in resources if TABLE[each["type"]].again):
            self.known.update(thing.id for thing in self._looker.things(TABLE[one["type"]], one))
        for pause in LATE:
            if missing := [one for one in missing if one["urn"] not in found]:
                self._sleep(pause)
            for one in missing:
                if thing := self._first(one):
                    self._taken.add((one["type"], thing.id))
                    found[one["urn"]] = thing
        return [_step(one, self._at_rest(one, found.get(one["urn"]))) for one in resources]

    def _first(self, resource: Resource) -> Thing | None:
        things = self._looker.things(TABLE[resource["type"]], resource)
        return next((thing for thing in things if (resource["type"], thing.id) not in self._taken), None)

    def _at_rest(self, resource: Resource, thing: Thing | None) -> Thing | None:
        """Return the thing once AWS has done with it; None if it is gone by then. Raise UserError."""
        seen = [thing]

        def done() -> bool:
            if seen[0] is None or not seen[0].busy:
                return True
            self._tell(resource, seen[0])
            things = self._looker.things(TABLE[resource["type"]], resource)
            seen[0] = next((one for one in things if one.id == seen[0].id), None) if seen[0] else None
            return seen[0] is None or not seen[0].busy

        if not self._patience.until(done):
            raise UserError(_late(resource, seen[0], self._patience.seconds))
        return seen[0]

    def _tell(self, resource: Resource, thing: Thing) -> None:
        if thing.id not in self._moving:
            self._moving.add(thing.id)
            self._say(f"waiting for {resource['type']} {thing.id}, which is {thing.state}")

    def _to_read(self) -> Iterator[Step]:
        """Yield the resources that the provider is asked about, once they have come to rest."""
        again = {one["urn"]: one for one in self._state.operations("updating", "deleting")}
        for one in again.values():
            if _read(one):
                if one["type"] in TABLE:
                    self._rest(one)
                elif one["type"] == kubernetes.RELEASE:
                    yield from self._undone(one)
                yield Step(
                    verb=Verb.READ, resource=one, id=str(one.get("id")), why="its update or deletion was cut off"
                )
        for one in self._state.unread:
            if one["urn"] not in again:
                yield Step(verb=Verb.READ, resource=one, id=str(one["id"]), why="an earlier recovery was cut off")

    def _undone(self, resource: Resource) -> Iterator[Step]:
        """Yield what makes helm able to go on with a release whose upgrade was cut off."""
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

    def _rest(self, resource: Resource) -> None:
        for thing in self._looker.things(TABLE[resource["type"]], resource):
            if thing.busy:
                self._at_rest(resource, thing)


def deletions(strays: Iterable[Stray]) -> list[Step]:
    """Return the steps that delete what has the stack's tags and is no resource of it."""
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
