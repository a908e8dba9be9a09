"""aws:eks AccessEntry and AccessPolicyAssociation."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import GONE, EksResource, named, time
from sandbox.plugins.aws.resource import Api, AwsResource, found
from sandbox.plugins.provider.values import Properties

_PROPAGATION = 120.0
_UNKNOWN_PRINCIPAL = ("InvalidParameterException",)


class AccessEntry(EksResource):
    """A principal's access to a cluster; its id is `cluster:principal`."""

    kind = "aws:eks/accessEntry:AccessEntry"
    arn_output = "accessEntryArn"
    knows = ("clusterName", "principalArn", "kubernetesGroups", "type", "userName")
    defaults = {"type": "STANDARD"}
    replace_on = ("clusterName", "principalArn", "type")
    unordered = ("kubernetesGroups",)
    computed = ("kubernetesGroups", "userName")

    def make(self, api: Api) -> str:
        """Create it; a principal that was just made may not be known yet."""
        cluster, principal = api.inputs["clusterName"], api.inputs["principalArn"]
        api.retry(
            lambda: api.eks(
                "CreateAccessEntry",
                clusterName=cluster,
                principalArn=principal,
                kubernetesGroups=api.get("kubernetesGroups"),
                type=api.get("type"),
                username=api.get("userName"),
                tags=api.tags or None,
            ),
            _UNKNOWN_PRINCIPAL,
            timeout=_PROPAGATION,
            says=["principalArn is invalid", "principal"],
        )
        return api.created(f"{cluster}:{principal}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The entry."""
        entry = _entry(api)
        if entry is None:
            return None
        return {
            "accessEntryArn": entry["accessEntryArn"],
            "clusterName": entry["clusterName"],
            "createdAt": time(entry["createdAt"]),
            "kubernetesGroups": sorted(entry.get("kubernetesGroups") or []),
            "modifiedAt": time(entry["modifiedAt"]),
            "principalArn": entry["principalArn"],
            "type": entry.get("type", "STANDARD"),
            "userName": entry.get("username", ""),
            "tagsAll": tags.own(entry.get("tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change its groups and user name."""
        cluster, _, principal = api.id.partition(":")
        api.eks(
            "UpdateAccessEntry",
            clusterName=cluster,
            principalArn=principal,
            kubernetesGroups=api.get("kubernetesGroups") or [],
            username=api.get("userName"),
        )

    def remove(self, api: Api) -> None:
        """Delete it, its policies with it."""
        cluster, _, principal = api.id.partition(":")
        found(lambda: api.eks("DeleteAccessEntry", clusterName=cluster, principalArn=principal), GONE)


class AccessPolicyAssociation(AwsResource):
    """An access policy on an entry; its id is `cluster#principal#policy`."""

    kind = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    taggable = False
    knows = ("accessScope", "clusterName", "policyArn", "principalArn")
    replace_on = knows
    unordered = ("accessScope.namespaces",)

    def make(self, api: Api) -> str:
        """Associate it, once the entry is visible; doing it twice is no error of EKS's."""
        scope = {name: value for name, value in api.inputs["accessScope"].items() if value}
        cluster, principal, policy = (api.inputs[name] for name in ("clusterName", "principalArn", "policyArn"))
        api.retry(
            lambda: api.eks(
                "AssociateAccessPolicy",
                clusterName=cluster,
                principalArn=principal,
                policyArn=policy,
                accessScope=scope,
            ),
            [GONE],
            timeout=60,
            says=["principal", "entry"],
        )
        return api.created(f"{cluster}#{principal}#{policy}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The association."""
        one = self._association(api)
        if one is None:
            return None
        cluster, principal, policy = api.id.split("#")
        return {
            "accessScope": {
                "namespaces": sorted(one["accessScope"].get("namespaces") or []),
                "type": one["accessScope"]["type"],
            },
            "associatedAt": time(one["associatedAt"]),
            "clusterName": cluster,
            "modifiedAt": time(one["modifiedAt"]),
            "policyArn": policy,
            "principalArn": principal,
        }

    def remove(self, api: Api) -> None:
        """Dissolve it."""
        cluster, principal, policy = api.id.split("#")
        found(
            lambda: api.eks("DisassociateAccessPolicy", clusterName=cluster, principalArn=principal, policyArn=policy),
            GONE,
        )

    def _association(self, api: Api) -> dict[str, Any] | None:
        cluster, principal, policy = api.id.split("#")
        answer = found(
            lambda: api.eks("ListAssociatedAccessPolicies", clusterName=cluster, principalArn=principal), GONE
        )
        listed = answer["associatedAccessPolicies"] if answer else []
        return next((one for one in listed if one["policyArn"] == policy), None)


def _entry(api: Api) -> dict[str, Any] | None:
    cluster, _, principal = api.id.partition(":")
    return named(lambda: api.eks("DescribeAccessEntry", clusterName=cluster, principalArn=principal), "accessEntry")
