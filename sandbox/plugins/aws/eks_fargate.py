"""aws:eks/fargateProfile:FargateProfile."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import BUSY, GONE, INVALID, PROPAGATION, EksResource, mark, named, settled, vanish
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.provider.values import Properties

_TOLD = ("clusterName", "fargateProfileName", "podExecutionRoleArn", "selectors", "subnetIds")


class FargateProfile(EksResource):
    """A Fargate profile, which never changes; its id is `cluster:profile`.

    The official provider makes and deletes one of a cluster at a time; here each waits until EKS lets it.
    """

    kind = "aws:eks/fargateProfile:FargateProfile"
    knows = _TOLD
    knows_nested = {"selectors": ("labels", "namespace")}
    named = "fargateProfileName"
    replace_on = _TOLD
    unordered = ("selectors", "subnetIds")

    def make(self, api: Api) -> str:
        """Create it, and wait until it is ACTIVE."""
        cluster, name = api.inputs["clusterName"], api.inputs["fargateProfileName"]
        api.retry(
            lambda: api.retry(
                lambda: api.eks(
                    "CreateFargateProfile",
                    clusterName=cluster,
                    fargateProfileName=name,
                    podExecutionRoleArn=api.get("podExecutionRoleArn"),
                    selectors=[
                        {key: value for key, value in one.items() if value} for one in api.get("selectors") or []
                    ],
                    subnets=api.get("subnetIds"),
                    tags=api.tags or None,
                ),
                INVALID,
                timeout=PROPAGATION,
                says=["PodExecutionRole"],
            ),
            [BUSY],
            timeout=600,
            says=["currently has Fargate"],
        )
        return api.created(f"{cluster}:{name}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The profile."""
        profile = settled(api, f"Fargate profile {api.id}", lambda: _profile(api), 600)
        if profile is None:
            return None
        return {
            "arn": profile["fargateProfileArn"],
            "clusterName": profile["clusterName"],
            "fargateProfileName": profile["fargateProfileName"],
            "podExecutionRoleArn": profile["podExecutionRoleArn"],
            "selectors": [
                {"namespace": one["namespace"], **({"labels": one["labels"]} if one.get("labels") else {})}
                for one in profile["selectors"]
            ],
            "status": profile["status"],
            "subnetIds": sorted(profile["subnets"]),
            "tagsAll": tags.own(profile.get("tags")),
            **mark(profile),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Nothing of it changes but tags."""

    def remove(self, api: Api) -> None:
        """Delete it, and wait until it is gone."""
        cluster, _, name = api.id.partition(":")
        gone = api.retry(
            lambda: found(lambda: api.eks("DeleteFargateProfile", clusterName=cluster, fargateProfileName=name), GONE),
            [BUSY],
            timeout=600,
        )
        if gone is not None:
            vanish(api, f"Fargate profile {name} of {cluster}", lambda: _profile(api), 600)


def _profile(api: Api) -> dict[str, Any] | None:
    cluster, _, name = api.id.partition(":")
    return named(
        lambda: api.eks("DescribeFargateProfile", clusterName=cluster, fargateProfileName=name), "fargateProfile"
    )
