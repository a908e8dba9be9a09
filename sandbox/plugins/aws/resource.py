"""The base of all AWS resources: region, tags, names, checks, drift."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

from sandbox.plugins.aws import computed, names, policy, tags
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.project import projected
from sandbox.plugins.aws.regions import require_region
from sandbox.plugins.aws.session import Answer, Aws, AwsError
from sandbox.plugins.provider import diff as differ
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.diff import Change, Diff
from sandbox.plugins.provider.resource import Call, Found, ProviderError, Refused, Resource, TimedOut
from sandbox.plugins.provider.values import UNKNOWN, Properties, has_unknown

T = TypeVar("T")

DEFAULTS = "__defaults"
"""The key under which the official provider lists the inputs that it filled in itself."""

PARTIAL = "__partial"
"""An output of what AWS has made, but whose create did not get to its end: the next update looks what is missing."""

FAILED = "__failed"
"""An output of what AWS could not make: the next update makes another in its place."""

VISIBLE = 60.0
"""Seconds until a thing just made has to show in AWS's answers; seconds are usual."""

RELEASED = 120.0
"""Seconds for which a delete is tried again while AWS says that something still uses the thing.

The official provider goes on for 5 to 20 minutes; what has not let go in two is a mistake in the order.
"""


class Api:
    """A call's view of AWS: the operations of its region, and its own inputs, state and tags."""

    def __init__(self, call: Call[Aws], region: str) -> None:
        """Take the call and the region its resource lives in."""
        self.call = call
        self.region = region
        self.inputs = call.inputs
        self.state = call.state
        self.id = call.id

    @property
    def aws(self) -> Aws:
        """The configured provider."""
        return self.call.client

    @property
    def tags(self) -> dict[str, str]:
        """The desired tags: the provider's default tags and the resource's own."""
        return self.aws.config.all_tags(self.inputs.get("tags"))

    def get(self, name: str) -> Any:
        """An input; None if it isn't given."""
        return self.inputs.get(name)

    def request(self, service: str, operation: str, **parameters: Any) -> Answer:
        """An operation in the resource's region; None parameters are left out. Raises AwsError."""
        return self.aws.request(self.region, service, operation, **parameters)

    def ec2(self, operation: str, **parameters: Any) -> Answer:
        """An operation of EC2's."""
        return self.request("ec2", operation, **parameters)

    def iam(self, operation: str, **parameters: Any) -> Answer:
        """An operation of IAM's."""
        return self.request("iam", operation, **parameters)

    def eks(self, operation: str, **parameters: Any) -> Answer:
        """An operation of EKS's."""
        return self.request("eks", operation, **parameters)

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and region."""
        return f"arn:{self.aws.partition}:{service}:{self.region}:{self.aws.account}:{resource}"

    def created(self, id: str) -> str:
        """Say that AWS made it: should a later step fail, Pulumi knows of it. Gives the id back."""
        self.id = id
        self._say_created()
        return id

    def failed(self, message: str) -> ProviderError:
        """The error for what AWS could not make and never will."""
        if self.id:
            self._say_created({FAILED: True})
        return ProviderError(message)

    def _say_created(self, more: Mapping[str, Any] | None = None) -> None:
        outputs = plain(self.inputs) | {PARTIAL: True} | dict(more or {})
        if "tagsAll" in self.call.shape.outputs:
            outputs["tagsAll"] = self.tags
        if "region" in self.call.shape.outputs:
            outputs["region"] = self.region
        self.call.created(self.id, outputs)

    def wait(self, what: str, until: Callable[[], T | None], timeout: float) -> T:
        """Ask AWS twice a second until it gives the answer waited for; raises TimedOut."""
        return self.call.wait(what, until, timeout, every=0.5)

    def retry(
        self, action: Callable[[], T], codes: Collection[str], timeout: float = RELEASED, says: Collection[str] = ()
    ) -> T:
        """Do something, again while AWS refuses it with one of the codes (and a message with one of the words).

        After the timeout AWS's last error is raised.
        """
        last: list[AwsError] = []

        def attempt() -> tuple[T] | None:
            try:
                return (action(),)
            except AwsError as error:
                if error.code not in codes or (says and not any(word in error.message for word in says)):
                    raise
                if not last or last[0].code != error.code:
                    self.call.say(f"trying again: {error.code}")
                last[:] = [error]
                return None

        try:
            return self.call.wait(codes_text(codes), attempt, timeout, every=2.0, first=0.25)[0]
        except TimedOut:
            raise last[0] from None


def codes_text(codes: Collection[str]) -> str:
    """Error codes for a message."""
    return " or ".join(sorted(codes))


def found(action: Callable[[], T], *codes: str) -> T | None:
    """Return an operation's response; None if AWS answers with one of the codes, because the thing doesn't exist."""
    try:
        return action()
    except AwsError as error:
        if error.code not in codes:
            raise
        return None


def only(items: list[T]) -> T | None:
    """The one item of a list; None if it is empty."""
    return items[0] if items else None


def plain(inputs: Mapping[str, Any]) -> Properties:
    """Inputs without the note of those that were filled in."""
    return {name: value for name, value in inputs.items() if name != DEFAULTS}


class AwsResource(Resource[Aws]):
    """An AWS resource type. A subclass has its inputs, and how it is created, described, changed and removed."""

    kind: str
    """`aws:ec2/vpc:Vpc`."""
    knows: Collection[str] = ()
    """The inputs that are implemented, `tags` and `region` aside; the SDK's others are refused by name."""
    knows_nested: Mapping[str, Collection[str]] = {}
    """The implemented properties of inputs that are objects or lists of them; all of an input that is not named."""
    defaults: Mapping[str, Any] = {}
    """The values of inputs that aren't given."""
    nested_defaults: Mapping[str, Mapping[str, Any]] = {}
    """The values inside an object that is given, by the object's path."""
    named: str = ""
    """The input that gets a name of its own making where none is given."""
    longest_name: int = 255
    """The length of a generated name; a longer one is an error (pulumi-aws provider/resource_overrides.go)."""
    names: Names = Names()
    """The names and prefixes that AWS accepts."""
    regional: bool = True
    """Whether it lives in a region (IAM does not)."""
    taggable: bool = True
    documents: Collection[str] = ()
    """Inputs that are IAM policies."""
    cidrs: Collection[str] = ()
    """Inputs that are IPv4 ranges, which AWS wants without host bits."""
    computed: Collection[str] = ()
    """Paths of inputs that stay as AWS has them when they are left out (`computed`)."""
    always_changes: bool = False
    """Whether `change` is called where only tags and what AWS doesn't tell have changed."""
    owned: Collection[str] = ()
    """Optional inputs whose absence says that AWS should have nothing there either, so that a refresh looks."""
    unread: Collection[str] = ()
    """Inputs that AWS does not tell: they stay as the state has them."""

    # What a subclass writes.

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield the problems of the inputs beyond their types; some may be unknown."""
        yield from ()

    def make(self, api: Api) -> str:
        """Make it, wait until it works, and give its id; calls `api.created` as soon as AWS has answered."""
        raise NotImplementedError

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The outputs of `api.id` as AWS tells them, with `tagsAll`; None if it is gone.

        One that is just being made or deleted is waited for, so that a killed update's work is seen as it turned out.
        `known` holds the state or, after a create, the inputs; it is empty in an import.
        """
        raise NotImplementedError

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change in place the inputs named; tags are seen to."""
        raise ProviderError(f"{self.kind}: cannot change {', '.join(sorted(changed))} in place")

    def remove(self, api: Api) -> None:
        """Remove it, and wait until it is gone; one that is gone already is no error."""
        raise NotImplementedError

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        raise NotImplementedError

    def complete(self, api: Api) -> None:
        """Do what a create does after AWS has made the thing, if neither a read nor an update would see it missing."""

    # What the engine asks.

    def check(self, call: Call[Aws]) -> Properties:
        """Refuse what isn't implemented, fill in defaults and a name."""
        inputs = {name: value for name, value in call.inputs.items() if value is not None}
        problems = [*self._unknown(inputs), *self._regions(inputs), *self._ranges(inputs), *self._names(inputs)]
        problems += self.validate(inputs)
        if problems:
            raise Refused(*problems)
        for name in self.documents:
            if isinstance(inputs.get(name), Mapping) and not has_unknown(inputs[name]):
                inputs[name] = policy.text(inputs[name])
        filled = {name: value for name, value in self.defaults.items() if name not in inputs}
        if self.named and not {self.named, self.prefixed} & inputs.keys():
            filled[self.named] = self.autoname(call)
            if problems := list(self.names.problems(self.named, filled[self.named])):
                raise Refused(*problems)
        for path, inner in self.nested_defaults.items():
            inputs = _completed(inputs, path.split("."), inner)
        return {**inputs, **filled, DEFAULTS: sorted(filled)}

    def diff(self, call: Call[Aws]) -> Diff:
        """Compare inputs, policies by meaning, and the tags with all that the resource is to have."""
        if call.state.get(FAILED):
            return Diff(changes={FAILED: "delete"}, replaces=frozenset({FAILED}), delete_before_replace=True)
        changed = self._changes(call)
        fixed = differ.replacing(changed, {*self.replace_on, self.prefixed, *({"region"} if self.regional else ())})
        return Diff(changes=changed, replaces=fixed, delete_before_replace=self._name_is_taken(call))

    def preview(self, call: Call[Aws]) -> Properties:
        """Add the outputs that are known before a call of AWS: the region and all tags."""
        outputs = plain(super().preview(call))
        if self.taggable:
            outputs["tagsAll"] = UNKNOWN if has_unknown(call.inputs.get("tags")) else self.api(call).tags
        if self.regional:
            outputs["region"] = self.region(call)
        return outputs

    def create(self, call: Call[Aws]) -> tuple[str, Properties]:
        """Make it, and read it back."""
        api = self.api(call)
        if prefix := api.get(self.prefixed):
            api.inputs = {**api.inputs, self.named: names.unique(prefix)}
        api.id = self.make(api)
        return api.id, self._described(api, api.inputs)

    def read(self, call: Call[Aws]) -> Found | None:
        """Read it from AWS; an id may name its region, `vpc-1@eu-west-1`, in an import."""
        api = self.api(call)
        if not call.state and self.regional and "@" in call.id:
            api.id, _, api.region = call.id.rpartition("@")
        outputs = self._outputs(api, call.state or call.inputs)
        if outputs is None:
            return None
        return Found(id=outputs.pop("id", api.id), inputs=self._inputs(call, outputs), outputs=outputs)

    def update(self, call: Call[Aws]) -> Properties:
        """Change what differs, tags too, and read it back."""
        if call.state.get(PARTIAL):
            self._look_again(call)
        api = self.api(call)
        api.inputs = computed.filled(api.inputs, call.state, self.stays)
        changed = frozenset(path.split(".")[0].split("[")[0] for path in self._changes(call))
        if self.taggable and (call.state.get("tagsAll") or {}) != api.tags:
            before = call.state.get("tagsAll") or {}
            self.retag(api, sorted(before.keys() - api.tags.keys()), api.tags)
        seen_to = {"tags", "tagsAll"} if self.taggable else set[str]()
        rest = changed - seen_to - {"region"} - set(self.unread)
        if rest or self.always_changes:
            self.change(api, rest)
        return self._described(api, {**call.state, **plain(call.inputs)})

    def delete(self, call: Call[Aws]) -> None:
        """Remove it."""
        self.remove(self.api(call))

    def api(self, call: Call[Aws]) -> Api:
        """AWS as the call's resource sees it."""
        return Api(call, self.region(call))

    def region(self, call: Call[Aws]) -> str:
        """The resource's own region, the one its state has, else the provider's."""
        if not self.regional:
            return call.client.config.region
        return call.inputs.get("region") or call.state.get("region") or call.client.config.region

    # Inside.

    @property
    def prefixed(self) -> str:
        """The input that is a prefix of the name; empty for a type that has none."""
        return f"{self.named}Prefix" if self.names.prefix else ""

    @property
    def stays(self) -> set[str]:
        """The computed inputs, names and prefixes among them."""
        return {*self.computed, *({self.named, self.prefixed} if self.prefixed else ())}

    def autoname(self, call: Call[Aws]) -> str:
        """Keep the name that was made before, under whatever name the resource then was; so has the bridge it."""
        if self.named in (call.old_inputs.get(DEFAULTS) or ()):
            return call.old_inputs[self.named]
        return call.autoname(self.named, longest=self.longest_name)

    def _look_again(self, call: Call[Aws]) -> None:
        """Take what a create that didn't get to its end has left for the state, and finish what is left of it."""
        found = self.read(call)
        if found is None:
            raise ProviderError(f"{self.kind} {call.id} is gone; `pulumi refresh` forgets it")
        call.old_inputs, call.state = found.inputs, found.outputs
        self.complete(self.api(call))

    def _name_is_taken(self, call: Call[Aws]) -> bool:
        """Whether old and new would have one name, which is then the program's own; so has the official provider it."""
        if self.delete_before_replace:
            return True
        name = self.named and call.inputs.get(self.named)
        return (
            bool(name) and name == call.old_inputs.get(self.named) and self.named not in call.inputs.get(DEFAULTS, ())
        )

    def _described(self, api: Api, known: Properties) -> Properties:
        outputs = api.wait(f"{self.kind} {api.id} to be visible", lambda: self._outputs(api, plain(known)), VISIBLE)
        outputs.pop("id", None)
        return outputs

    def _outputs(self, api: Api, known: Properties) -> Properties | None:
        described = self.describe(api, known)
        if described is None:
            return None
        outputs = {name: known[name] for name in {*self.knows, *self.unread} if known.get(name) is not None} | described
        for name in self.documents:
            if outputs.get(name) is not None:
                outputs[name] = policy.kept(outputs[name], known.get(name))
        if self.regional:
            outputs["region"] = api.region
        if self.prefixed:
            outputs[self.prefixed] = known.get(self.prefixed) or names.prefix_of(outputs[self.named])
        if self.taggable:
            outputs["tagsAll"] = api.aws.config.ignored_tags.without(outputs["tagsAll"])
            outputs["tags"] = tags.explicit(outputs["tagsAll"], api.aws.config.default_tags, known.get("tags"))
        return outputs

    def _inputs(self, call: Call[Aws], outputs: Properties) -> Properties:
        declared = plain(call.inputs)
        if not declared:
            names = {*self.knows, "tags"} & outputs.keys()
            return {name: outputs[name] for name in names if outputs[name] not in (None, "", [], {})} | {DEFAULTS: []}
        inputs = dict(call.inputs)
        for name, value in declared.items():
            if name in outputs and name not in self.unread:
                inputs[name] = projected(value, outputs[name], call.shape.inputs[name])
        if self.taggable and (outputs["tags"] or "tags" in inputs):
            inputs["tags"] = outputs["tags"]
        inputs |= {name: outputs[name] for name in self.owned if name not in inputs and outputs.get(name)}
        return inputs

    def _changes(self, call: Call[Aws]) -> dict[str, Change]:
        new = plain(call.inputs)
        old = computed.comparable(plain(call.old_inputs), new, call.state, self.stays, call.shape.inputs)
        for name in self.documents:
            if isinstance(old.get(name), str) and isinstance(new.get(name), str):
                # What differs inside is no path of the resource's own: either the whole document changes or nothing.
                old[name], new[name] = ([policy.canonical(inputs[name])] for inputs in (old, new))
                if old[name] != new[name]:
                    old[name], new[name] = "old", "new"
        if self.regional:
            old["region"] = old.get("region") or call.state.get("region")
            new["region"] = self.region(call)
        changed = differ.changes(old, new, self.unordered)
        if self.taggable and not has_unknown(new.get("tags")):
            wanted = call.client.config.all_tags(new.get("tags"))
            changed.update(differ.changes({"tagsAll": call.state.get("tagsAll") or {}}, {"tagsAll": wanted}))
        return changed

    def _unknown(self, inputs: Properties) -> Iterator[Problem]:
        also = {"region"} if self.regional else set[str]()
        also |= {"tags"} if self.taggable else set()
        for name, value in inputs.items():
            if name not in {*self.knows, *self.unread, self.prefixed, *also}:
                yield Problem(name, f"this stand-in for AWS has not got the input {name!r} of {self.kind}")
            for path, key in nested_keys(value, name) if name in self.knows_nested else ():
                if key not in self.knows_nested[name]:
                    yield Problem(path, f"this stand-in for AWS has not got the input {path!r} of {self.kind}")

    def _names(self, inputs: Properties) -> Iterator[Problem]:
        if self.named in inputs:
            yield from self.names.problems(self.named, inputs[self.named])
        if self.prefixed and self.prefixed in inputs:
            yield from self.names.prefix_problems(self.prefixed, inputs[self.prefixed])
            if self.named in inputs:
                yield Problem(self.prefixed, f"conflicts with {self.named}; give one of them")

    def _regions(self, inputs: Properties) -> Iterator[Problem]:
        region = inputs.get("region")
        if self.regional and isinstance(region, str) and (reason := require_region(region)):
            yield Problem("region", reason)

    def _ranges(self, inputs: Properties) -> Iterator[Problem]:
        for name in self.cidrs:
            value = inputs.get(name)
            if isinstance(value, str) and (reason := _bad_range(value)):
                yield Problem(name, reason)


def nested_keys(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The keys of an object, or of the objects in a list, each with its path."""
    if isinstance(value, Mapping):
        yield from ((f"{path}.{key}", key) for key, item in value.items() if item is not None)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from nested_keys(item, f"{path}[{index}]")


def _completed(value: Any, path: list[str], defaults: Mapping[str, Any]) -> Any:
    """An object with defaults in the object at a path, if there is one."""
    if not isinstance(value, Mapping):
        return value
    if not path:
        return {**defaults, **{name: item for name, item in value.items() if item is not None}}
    name, *inner = path
    return {**value, name: _completed(value[name], inner, defaults)} if name in value else value


def _bad_range(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is not a range; write one like 10.0.0.0/16"
    return "" if str(network) == text else f"{text!r} has host bits set; write {network}"
