"""The clusters that a stack has or had, as EKS describes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import settings
from ops import configuration, outputs, sign_in
from ops.aws import AwsError, Call
from ops.errors import UserError, one_line

ALIVE = ("ACTIVE", "UPDATING")
"""The states of a cluster with an API server that answers."""


@dataclass(frozen=True, order=True)
class Named:
    """A cluster's region and name: unique in an account."""

    region: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster of the stack, as EKS describes it."""

    name: str
    region: str
    status: str = ""
    """EKS's status; empty if the cluster doesn't exist."""
    endpoint: str = ""
    authority: str = ""
    """The CA certificate, PEM in base64."""
    group: str = ""
    """The id of the security group that EKS creates for it, and deletes with it."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def exists(self) -> bool:
        """Whether the cluster exists in EKS."""
        return bool(self.status)

    @property
    def alive(self) -> bool:
        """Whether its API server should answer."""
        return self.status in ALIVE


def named(stack: str, only: Iterable[str] = ()) -> tuple[list[Named], set[Named]]:
    """Return the clusters that the stack has or had, and those of them in its outputs.

    A destroyed stack has no outputs; its configuration file then names its clusters. `only` names the clusters instead,
    as REGION/NAME, and suffices if the stack itself is gone. The function signs in to AWS as the stack does. Raise
    UserError.
    """
    selected = {_parse(text) for text in only}
    stack_outputs: outputs.Outputs = {}
    try:
        stack_outputs = outputs.whatever(stack)
    except UserError:
        if not selected:
            raise
    sign_in.use(stack, stack_outputs)
    clusters: dict[str, dict[str, str]] = stack_outputs.get("clusters") or {}
    up = {Named(each["region"], each["name"]) for each in clusters.values()}
    if selected:
        return sorted(selected), up & selected
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
            f"--stack: {stack} has no outputs, and there is no {file.name} with its clusters; restore that file from "
            "version control, or name each cluster: --cluster REGION/NAME"
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
    """Return a cluster as EKS describes it; None for another stack's, because names are reused after a destroy.

    A cluster that is not in the stack's outputs (`up`) is the stack's own if its tag `stack` names the stack.
    """
    try:
        described: dict[str, Any] = call("eks", "describe-cluster", named.region, name=named.name)["cluster"]
    except AwsError as error:
        if error.gone:
            return Cluster(name=named.name, region=named.region)
        raise UserError(
            f"{named.name}: EKS can't be called in {named.region}: {error}; allow eks:DescribeCluster, or run it again"
        ) from None
    tags: dict[str, str] = described.get("tags") or {}
    authority: dict[str, str] = described.get("certificateAuthority") or {}
    network: dict[str, Any] = described.get("resourcesVpcConfig") or {}
    if not up and tags.get("stack") != stack.rpartition("/")[2]:
        return None
    return Cluster(
        name=named.name,
        region=named.region,
        status=described["status"],
        endpoint=described.get("endpoint") or "",
        authority=authority.get("data") or "",
        group=network.get("clusterSecurityGroupId") or "",
        tags=tags,
    )


def _parse(text: str) -> Named:
    region, _, name = text.partition("/")
    if not region or not name:
        raise UserError(f"--cluster: {text} is not REGION/NAME; write, for example, eu-west-1/federated-eks-1")
    return Named(region, name)
