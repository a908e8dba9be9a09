"""aws:eks AccessEntry and AccessPolicyAssociation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws.eks import GONE, PROPAGATION, EksResource
from sandbox.plugins.aws.resource import Api
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.values import Properties


class AccessEntry(Plain, EksResource):
    """A principal's access to a cluster; a principal that was just made may not be known yet."""

    kind = "aws:eks/accessEntry:AccessEntry"
    row = Row(
        service="eks",
        calls=Calls(
            create="CreateAccessEntry",
            read="DescribeAccessEntry",
            update="UpdateAccessEntry",
            delete="DeleteAccessEntry",
        ),
        id="{clusterName}:{principalArn}",
        item="accessEntry",
        missing=[GONE],
        create_again=Again(codes=["InvalidParameterException"], says=["principal"], timeout=PROPAGATION),
        spelled={"userName": "username"},
        outputs=("accessEntryArn", "createdAt", "modifiedAt"),
    )
    arn_output = "accessEntryArn"
    knows = ("clusterName", "principalArn", "kubernetesGroups", "type", "userName")
    defaults = {"type": "STANDARD"}
    replace_on = ("clusterName", "principalArn", "type")
    unordered = ("kubernetesGroups",)
    computed = ("kubernetesGroups", "userName")


class AccessPolicyAssociation(Plain):
    """An access policy on an entry, which has to be visible first."""

    kind = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    row = Row(
        service="eks",
        calls=Calls(
            create="AssociateAccessPolicy", read="ListAssociatedAccessPolicies", delete="DisassociateAccessPolicy"
        ),
        id="{clusterName}#{principalArn}#{policyArn}",
        item="associatedAccessPolicies",
        match="policyArn",
        missing=[GONE],
        create_again=Again(codes=[GONE], says=["principal", "entry"], timeout=60),
        outputs=("associatedAt", "modifiedAt"),
    )
    taggable = False
    knows = ("accessScope", "clusterName", "policyArn", "principalArn")
    replace_on = knows
    unordered = ("accessScope.namespaces",)

    def arguments(self, api: Api) -> dict[str, Any]:
        """A scope without what is empty."""
        scope = {name: value for name, value in api.inputs["accessScope"].items() if value}
        return super().arguments(api) | {"accessScope": scope}

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Namespaces in an order of their own."""
        scope = item["accessScope"]
        ordered = {"namespaces": sorted(scope.get("namespaces") or []), "type": scope["type"]}
        return super().outputs(api, item, known) | {"accessScope": ordered}
