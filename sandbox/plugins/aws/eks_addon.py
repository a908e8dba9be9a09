"""aws:eks/addon:Addon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws.eks import GONE, INVALID, PROPAGATION, EksResource, mark, settled, update, vanish
from sandbox.plugins.aws.resource import Api
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.values import Properties

_TOLD = ("addonVersion", "configurationValues", "serviceAccountRoleArn")


class Addon(Plain, EksResource):
    """An add-on of a cluster's; its id is `cluster:addon`."""

    kind = "aws:eks/addon:Addon"
    row = Row(
        service="eks",
        calls=Calls(create="CreateAddon", read="DescribeAddon", delete="DeleteAddon"),
        id="{clusterName}:{addonName}",
        item="addon",
        missing=[GONE],
        create_again=Again(codes=INVALID, says=["role", "Role"], timeout=PROPAGATION),
        spelled={"arn": "addonArn"},
        outputs=("arn", "createdAt", "modifiedAt"),
    )
    knows = ("addonName", "clusterName", "podIdentityAssociations", *_TOLD)
    knows_nested = {"podIdentityAssociations": ("roleArn", "serviceAccount")}
    unread = ("preserve", "resolveConflictsOnCreate", "resolveConflictsOnUpdate")
    replace_on = ("addonName", "clusterName")
    unordered = ("podIdentityAssociations",)
    owned = ("podIdentityAssociations", "serviceAccountRoleArn")
    computed = ("addonVersion", "configurationValues")

    def arguments(self, api: Api) -> dict[str, Any]:
        """Add what to do with what is in the cluster already."""
        return super().arguments(api) | {"resolveConflicts": api.get("resolveConflictsOnCreate")}

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """Wait until nothing of it moves."""
        return settled(api, f"add-on {api.id}", lambda: self._addon(api), 1200)

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its pods' roles."""
        identities = [_identity(api, arn) for arn in item.get("podIdentityAssociations") or []]
        return super().outputs(api, item, known) | {"podIdentityAssociations": identities, **mark(item)}

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Update it, and wait for the update."""
        cluster, _, name = api.id.partition(":")
        wanted = {
            "clusterName": cluster,
            "addonName": name,
            "resolveConflicts": api.get("resolveConflictsOnUpdate"),
            "podIdentityAssociations": (api.get("podIdentityAssociations") or [])
            if "podIdentityAssociations" in changed
            else None,
            **{key: api.get(key) or "" for key in _TOLD if key in changed},
        }
        # EKS takes the role away from an update that doesn't name it.
        wanted.setdefault("serviceAccountRoleArn", api.get("serviceAccountRoleArn"))
        update(api, cluster, lambda: api.eks("UpdateAddon", **wanted), addonName=name)

    def remove(self, api: Api) -> None:
        """Delete it, and wait until it is gone."""
        cluster, _, name = api.id.partition(":")
        if self.delete_once(api, preserve=bool(api.state.get("preserve"))) is not None:
            vanish(api, f"add-on {name} of {cluster}", lambda: self._addon(api), 2400)

    def _addon(self, api: Api) -> dict[str, Any] | None:
        return super().look(api, {})


def _identity(api: Api, arn: str) -> dict[str, str]:
    cluster, key = api.id.partition(":")[0], arn.rpartition("/")[2]
    association = api.eks("DescribePodIdentityAssociation", clusterName=cluster, associationId=key)["association"]
    return {"roleArn": association["roleArn"], "serviceAccount": association["serviceAccount"]}
