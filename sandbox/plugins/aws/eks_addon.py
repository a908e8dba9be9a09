"""aws:eks/addon:Addon."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import GONE, INVALID, PROPAGATION, EksResource, mark, named, settled, time, update, vanish
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.provider.values import Properties

_TOLD = ("addonVersion", "configurationValues", "serviceAccountRoleArn")


class Addon(EksResource):
    """An add-on of a cluster's; its id is `cluster:addon`."""

    kind = "aws:eks/addon:Addon"
    knows = ("addonName", "clusterName", "podIdentityAssociations", *_TOLD)
    knows_nested = {"podIdentityAssociations": ("roleArn", "serviceAccount")}
    unread = ("preserve", "resolveConflictsOnCreate", "resolveConflictsOnUpdate")
    replace_on = ("addonName", "clusterName")
    unordered = ("podIdentityAssociations",)
    owned = ("podIdentityAssociations", "serviceAccountRoleArn")
    computed = ("addonVersion", "configurationValues")

    def make(self, api: Api) -> str:
        """Create it, and wait until it is ACTIVE."""
        cluster, name = api.inputs["clusterName"], api.inputs["addonName"]
        api.retry(
            lambda: api.eks(
                "CreateAddon",
                clusterName=cluster,
                addonName=name,
                resolveConflicts=api.get("resolveConflictsOnCreate"),
                tags=api.tags or None,
                podIdentityAssociations=api.get("podIdentityAssociations"),
                **{key: api.get(key) for key in _TOLD},
            ),
            INVALID,
            timeout=PROPAGATION,
            says=["role", "Role"],
        )
        return api.created(f"{cluster}:{name}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The add-on."""
        addon = settled(api, f"add-on {api.id}", lambda: _addon(api), 1200)
        if addon is None:
            return None
        return {
            "addonName": addon["addonName"],
            "addonVersion": addon.get("addonVersion", ""),
            "arn": addon["addonArn"],
            "clusterName": addon["clusterName"],
            "configurationValues": addon.get("configurationValues") or "",
            "createdAt": time(addon["createdAt"]),
            "modifiedAt": time(addon["modifiedAt"]),
            "podIdentityAssociations": [_identity(api, arn) for arn in addon.get("podIdentityAssociations") or []],
            "serviceAccountRoleArn": addon.get("serviceAccountRoleArn") or "",
            "tagsAll": tags.own(addon.get("tags")),
            **mark(addon),
        }

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
        preserve = bool(api.state.get("preserve"))
        gone = found(lambda: api.eks("DeleteAddon", clusterName=cluster, addonName=name, preserve=preserve), GONE)
        if gone is not None:
            vanish(api, f"add-on {name} of {cluster}", lambda: _addon(api), 2400)


def _addon(api: Api) -> dict[str, Any] | None:
    cluster, _, name = api.id.partition(":")
    return named(lambda: api.eks("DescribeAddon", clusterName=cluster, addonName=name), "addon")


def _identity(api: Api, arn: str) -> dict[str, str]:
    cluster, key = api.id.partition(":")[0], arn.rpartition("/")[2]
    told = api.eks("DescribePodIdentityAssociation", clusterName=cluster, associationId=key)["association"]
    return {"roleArn": told["roleArn"], "serviceAccount": told["serviceAccount"]}
