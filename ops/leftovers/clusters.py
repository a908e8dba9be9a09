"""The clusters that a stack has or had, and what EKS says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import settings
from ops import configuration, outputs, sign_in
from ops.aws import AwsError, Call
from ops.errors import UserError, one_line

ALIVE = ("ACTIVE", "UPDATING")
"""The states of a cluster whose API server answers."""


@dataclass(frozen=True, order=True)
class Named:
    """A cluster's region and name: unique in an account."""

    region: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster of the stack, as EKS has it."""

    name: str
    region: str
    status: str = ""
    """EKS's; empty if the cluster doesn't exist."""
    endpoint: str = ""
    authority: str = ""
    """The CA certificate, PEM in base64."""
    group: str = ""
    """The id of the security group that EKS made for it, and deletes with it."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def exists(self) -> bool:
        """Whether EKS has it."""
        return bool(self.status)

    @property
    def alive(self) -> bool:
        """Whether its API server should answer."""
        return self.status in ALIVE


def named(stack: str, only: Iterable[str] = ()) -> tuple[list[Named], set[Named]]:
    """Return the clusters that the stack has or had, and those of them that its outputs name.

    A destroyed stack has no outputs; its configuration file then says which clusters it had. `only` names the clusters
    instead, as REGION/NAME, and suffices if the stack itself is gone. Signs in to AWS as the stack does. Raise
    UserError.
    """
    wanted = {_parse(one) for one in only}
    left: outputs.Outputs = {}
    try:
        left = outputs.whatever(stack)
    except UserError:
        if not wanted:
            raise
    sign_in.use(stack, left)
    clusters: dict[str, dict[str, str]] = left.get("clusters") or {}
    up = {Named(one["region"], one["name"]) for one in clusters.values()}
    if wanted:
        return sorted(wanted), up & wanted
    try:
        return sorted(up | configured(stack)), up
    except UserError:
        if not up:
            raise
        return sorted(up), up


def configured(stack: str) -> set[Named]:
    """Return the clusters of the stack's configuration file. Raise UserError."""
    file = configuration.file(stack)
    if not (values := configuration.values(stack)):
        raise UserError(
            f"--stack: {stack} has no outputs, and there is no {file.name} to say which clusters it had; get that file "
            "back from version control, or name each cluster: --cluster REGION/NAME"
        )
    try:
        plan = settings.parse(values).plan
    except settings.SettingsError as error:
        raise UserError(
            f"--stack: {stack} has no outputs, and {file.name} is refused: {one_line(error)}; correct it, "
            "or name each cluster: --cluster REGION/NAME"
        ) from None
    return {Named(cluster.region, cluster.name) for cluster in plan.clusters}


def look_up(call: Call, stack: str, named: Named, *, up: bool) -> Cluster | None:
    """Return a cluster as EKS has it; None if it is another stack's, because names are given again after a destroy.

    A cluster that the stack's outputs don't name (`up`) is the stack's own if its tag `stack` says so.
    """
    try:
        told: dict[str, Any] = call("eks", "describe-cluster", named.region, name=named.name)["cluster"]
    except AwsError as error:
        if error.gone:
            return Cluster(name=named.name, region=named.region)
        raise UserError(f"{named.name}: EKS can't be asked in {named.region}: {error}") from None
    tags: dict[str, str] = told.get("tags") or {}
    authority: dict[str, str] = told.get("certificateAuthority") or {}
    network: dict[str, Any] = told.get("resourcesVpcConfig") or {}
    if not up and tags.get("stack") != stack.rpartition("/")[2]:
        return None
    return Cluster(
        name=named.name,
        region=named.region,
        status=told["status"],
        endpoint=told.get("endpoint") or "",
        authority=authority.get("data") or "",
        group=network.get("clusterSecurityGroupId") or "",
        tags=tags,
    )


def _parse(text: str) -> Named:
    region, _, name = text.partition("/")
    if not region or not name:
        raise UserError(f"--cluster: {text} is not REGION/NAME; write eu-west-1/federated-eks-1, for instance")
    return Named(region, name)
