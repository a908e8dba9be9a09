"""aws:eks PodIdentityAssociation."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.aws.eks import GONE, INVALID, PROPAGATION, EksResource
from sandbox.plugins.aws.resource import Api
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.values import Properties


class PodIdentityAssociation(Plain, EksResource):
    """The IAM role of a service account's pods. EKS may not know a new role yet."""

    kind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    row = Row(
        service="eks",
        calls=Calls(
            create="CreatePodIdentityAssociation",
            read="DescribePodIdentityAssociation",
            update="UpdatePodIdentityAssociation",
            delete="DeletePodIdentityAssociation",
        ),
        id="association.associationId",
        item="association",
        parents=("clusterName",),
        missing=[GONE],
        create_again=Again(codes=INVALID, says=["Role provided in the request"], timeout=PROPAGATION),
        outputs=("associationArn", "associationId", "externalId"),
    )
    arn_output = "associationArn"
    knows = ("clusterName", "namespace", "serviceAccount", "roleArn", "disableSessionTags")
    defaults = {"disableSessionTags": False}
    replace_on = ("clusterName", "namespace", "serviceAccount")

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """An import names it by its cluster as well, `cluster,id`."""
        cluster, comma, id = api.id.partition(",")
        if comma:
            api.id, known = id, {"clusterName": cluster}
        return super().look(api, known)
