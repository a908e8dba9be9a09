"""aws:eks PodIdentityAssociation."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.eks import GONE, INVALID, PROPAGATION, EksResource, named
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.provider.values import Properties


class PodIdentityAssociation(EksResource):
    """Which IAM role a service account's pods take; its id is the association's."""

    kind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    arn_output = "associationArn"
    knows = ("clusterName", "namespace", "serviceAccount", "roleArn", "disableSessionTags")
    defaults = {"disableSessionTags": False}
    replace_on = ("clusterName", "namespace", "serviceAccount")

    def make(self, api: Api) -> str:
        """Create it; a role that was just made may not be known yet."""
        answer = api.retry(
            lambda: api.eks(
                "CreatePodIdentityAssociation",
                clusterName=api.inputs["clusterName"],
                namespace=api.inputs["namespace"],
                serviceAccount=api.inputs["serviceAccount"],
                roleArn=api.inputs["roleArn"],
                disableSessionTags=api.get("disableSessionTags"),
                tags=api.tags or None,
            ),
            INVALID,
            timeout=PROPAGATION,
            says=["Role provided in the request"],
        )
        return api.created(answer["association"]["associationId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The association."""
        cluster, comma, id = api.id.partition(",")
        if comma:
            api.id = id  # an import names it by its cluster as well
        else:
            cluster = str(known.get("clusterName") or api.inputs["clusterName"])
        one = self._association(api, cluster, api.id)
        if one is None:
            return None
        return {
            "associationArn": one["associationArn"],
            "associationId": one["associationId"],
            "clusterName": one["clusterName"],
            "disableSessionTags": bool(one.get("disableSessionTags")),
            "externalId": one.get("externalId", ""),
            "namespace": one["namespace"],
            "roleArn": one["roleArn"],
            "serviceAccount": one["serviceAccount"],
            "tagsAll": tags.own(one.get("tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Another role."""
        api.eks(
            "UpdatePodIdentityAssociation",
            clusterName=api.inputs["clusterName"],
            associationId=api.id,
            roleArn=api.inputs["roleArn"],
            disableSessionTags=bool(api.get("disableSessionTags")),
        )

    def remove(self, api: Api) -> None:
        """Delete it."""
        of = {"clusterName": api.state["clusterName"], "associationId": api.id}
        found(lambda: api.eks("DeletePodIdentityAssociation", **of), GONE)

    def _association(self, api: Api, cluster: str, key: str) -> dict[str, Any] | None:
        ask = {"clusterName": cluster, "associationId": key}
        return named(lambda: api.eks("DescribePodIdentityAssociation", **ask), "association")
