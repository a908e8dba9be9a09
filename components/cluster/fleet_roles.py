"""The fleet's own IAM roles for people: administrators and viewers of every cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Output, ResourceOptions

from .. import account, iam


@dataclass(frozen=True, kw_only=True)
class FleetRolesArgs:
    """The arguments of the roles."""

    trusted: Mapping[str, Sequence[str]]
    """A role for each key, `admin` say, which the principals of these ARNs may assume; none if empty."""
    clusters: Mapping[str, str]
    """The clusters' names, and their regions."""


class FleetRoles(pulumi.ComponentResource):
    """IAM roles that principals of the account assume, and that may look up the fleet's clusters.

    Access entries grant their rights in the clusters.
    """

    arns: Mapping[str, Output[str]]
    """The ARNs by key."""

    def __init__(self, name: str, args: FleetRolesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:FleetRoles", name, None, opts)
        own = account.identity(self).account_id
        lookup = iam.describe_clusters_output(args.clusters, parent=self)
        self.arns = {}
        for key, principals in args.trusted.items():
            if not principals:
                continue
            role = aws.iam.Role(
                f"{name}-{key}",
                description=f"{name}: {key} of every cluster",
                assume_role_policy=Output.json_dumps(
                    own.apply(lambda known, key=key, principals=principals: trust(key, known, principals))
                ),
                opts=ResourceOptions(parent=self),
            )
            aws.iam.RolePolicy(
                f"{name}-{key}-clusters",
                role=role.name,
                policy=Output.json_dumps(lookup),
                opts=ResourceOptions(parent=self),
            )
            self.arns[key] = role.arn
        self.register_outputs({"arns": self.arns})


def trust(key: str, account: str, principals: Sequence[str]) -> iam.Document:
    """Return a role's trust policy. Raise pulumi.RunError for a principal of another account."""
    for arn in principals:
        if arn.split(":")[4] != account:
            raise pulumi.RunError(
                f"access.{key}s: {arn} is not of the fleet's account, {account}; name a principal of that account"
            )
    return iam.trust({"AWS": sorted(principals)})
