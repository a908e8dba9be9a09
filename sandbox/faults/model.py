"""The rules of the fault switch, as its file has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NoReturn, TypeVar

import yaml

from sandbox.errors import UserError

THROTTLE, ERROR, LATENCY, REFUSE, FAIL = FAULTS = ("throttle", "error", "latency", "refuse", "fail")
"""A throttled call, an internal error, a late response, a connection closed without one, a create that ends failed."""

CREATES = (
    "ec2:CreateNatGateway",
    "ec2:CreateVpcPeeringConnection",
    "eks:CreateAddon",
    "eks:CreateCluster",
    "eks:CreateFargateProfile",
    "eks:CreateNodegroup",
)
"""The calls whose success may turn into a failure later on AWS: what they create has a failed state."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A kind of fault, and how often it happens; without `probability` and `first` to every matching call."""

    fault: str
    probability: float = 1.0
    first: int = 0
    """The number of matching calls that fail, from the first on; 0 for no limit."""
    seconds: float = 0.0
    """The delay of `latency`."""
    reason: str = ""
    """The reason of `fail`, as AWS would report it: `<code>: <message>`."""


@dataclass(frozen=True, kw_only=True)
class AwsRule(Rule):
    """A fault of AWS."""

    call: str
    """A pattern of actions as IAM names them: `ec2:Create*`."""
    region: str = "*"

    def matches(self, action: str, region: str) -> bool:
        """Whether the rule is about a call."""
        return fnmatchcase(action, self.call) and fnmatchcase(region, self.region)


@dataclass(frozen=True, kw_only=True)
class ClusterRule(Rule):
    """A fault of an API server."""

    cluster: str
    method: str = "*"
    path: str = "*"

    def matches(self, cluster: str, method: str, path: str) -> bool:
        """Whether the rule is about a request."""
        return all(map(fnmatchcase, (cluster, method, path), (self.cluster, self.method, self.path)))


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything in the file."""

    seed: int = 0
    aws: tuple[AwsRule, ...] = ()
    clusters: tuple[ClusterRule, ...] = ()


def read(text: str) -> Rules:
    """Read the file's text; raises UserError with the place of the first mistake."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"faults.yaml: not YAML ({' '.join(str(error).split())}); correct it, or remove it") from error
    given = _keys(content if content is not None else {}, "faults.yaml", ("seed", "aws", "clusters"))
    return Rules(
        seed=_number(given.get("seed", 0), "seed", int, 0),
        aws=tuple(_aws(*item) for item in _items(given.get("aws"), "aws")),
        clusters=tuple(_cluster(*item) for item in _items(given.get("clusters"), "clusters")),
    )


_COMMON = ("fault", "probability", "first", "seconds", "reason")


def _aws(where: str, item: Any) -> AwsRule:
    given = _keys(item, where, (*_COMMON, "call", "region"), needed=("call", "fault"))
    call = _text(given["call"], f"{where}.call")
    if given["fault"] == FAIL and call not in CREATES:
        _wrong(f"{where}.call", call, f"can't end failed; use one of {', '.join(CREATES)}")
    region = _text(given.get("region", "*"), f"{where}.region")
    return AwsRule(call=call, region=region, **_common(where, given, FAULTS))


def _cluster(where: str, item: Any) -> ClusterRule:
    given = _keys(item, where, (*_COMMON, "cluster", "method", "path"), needed=("cluster", "fault"))
    places = {name: _text(given.get(name, "*"), f"{where}.{name}") for name in ("cluster", "method", "path")}
    return ClusterRule(**places, **_common(where, given, FAULTS[:-1]))


def _common(where: str, given: Mapping[str, Any], faults: Collection[str]) -> dict[str, Any]:
    fault = given["fault"]
    if fault not in faults:
        _wrong(f"{where}.fault", fault, f"is no fault; use one of {', '.join(faults)}")
    for name, of in (("seconds", LATENCY), ("reason", FAIL)):
        if (name in given) != (fault == of):
            _wrong(f"{where}.{name}", given.get(name, "nothing"), f"belongs to fault: {of}, which needs it")
    return {
        "fault": fault,
        "probability": _number(given.get("probability", 1.0), f"{where}.probability", float, 0, 1),
        "first": _number(given.get("first", 0), f"{where}.first", int, 0),
        "seconds": _number(given.get("seconds", 0.0), f"{where}.seconds", float, 0, 600),
        "reason": _text(given["reason"], f"{where}.reason") if "reason" in given else "",
    }


def _items(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if value is not None and not isinstance(value, list):
        _wrong(where, value, "is no list; write each rule as an item, with a dash before it")
    return ((f"{where}[{index}]", item) for index, item in enumerate(value or ()))


def _keys(value: Any, where: str, allowed: Collection[str], needed: Collection[str] = ()) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _wrong(where, value, f"is no mapping; use the keys {', '.join(allowed)}")
    for key in value:
        if key not in allowed:
            _wrong(where, key, f"is no key here; use {', '.join(allowed)}")
    for key in needed:
        if key not in value:
            _wrong(f"{where}.{key}", "nothing", "is missing; add it")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        _wrong(where, value, 'is no text; write it in quotes, "*" for instance')
    return value


def _number(value: Any, where: str, kind: type[T], least: float, most: float | None = None) -> T:
    whole = isinstance(value, int) and not isinstance(value, bool)
    numeric = whole or (kind is float and isinstance(value, float))
    if not numeric or value < least or (most is not None and value > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        _wrong(where, value, f"is out of bounds; use a {'whole ' if kind is int else ''}number, {bounds}")
    return kind(value)  # type: ignore[call-arg]


def _wrong(where: str, value: object, rule: str) -> NoReturn:
    written = str(value).lower() if isinstance(value, bool) else value
    raise UserError(f"{where}: {written} {rule}")
