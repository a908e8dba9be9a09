"""aws:eks/fargateProfile:FargateProfile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws.eks import BUSY, GONE, INVALID, PROPAGATION, EksResource, mark, settled, vanish
from sandbox.plugins.aws.resource import Api
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.values import Properties

_ALL = ("clusterName", "fargateProfileName", "podExecutionRoleArn", "selectors", "subnetIds")


class FargateProfile(Plain, EksResource):
    """A Fargate profile, which never changes; its id is `cluster:profile`.

    The official provider creates and deletes one profile of a cluster at a time; here each waits until EKS lets it.
    """

    kind = "aws:eks/fargateProfile:FargateProfile"
    row = Row(
        service="eks",
        calls=Calls(create="CreateFargateProfile", read="DescribeFargateProfile", delete="DeleteFargateProfile"),
        id="{clusterName}:{fargateProfileName}",
        item="fargateProfile",
        missing=[GONE],
        create_again=Again(codes=INVALID, says=["PodExecutionRole"], timeout=PROPAGATION),
        delete_again=Again(codes=[BUSY], timeout=600),
        spelled={"arn": "fargateProfileArn", "subnetIds": "subnets"},
        outputs=("arn", "status"),
    )
    knows = _ALL
    knows_nested = {"selectors": ("labels", "namespace")}
    named = "fargateProfileName"
    replace_on = _ALL
    unordered = ("selectors", "subnetIds")

    def make(self, api: Api) -> str:
        """Create it, once EKS works on no other of the cluster."""
        return api.retry(lambda: super(FargateProfile, self).make(api), [BUSY], 600, says=["currently has Fargate"])

    def arguments(self, api: Api) -> dict[str, Any]:
        """Selectors without what isn't given."""
        selectors = [{key: value for key, value in each.items() if value} for each in api.get("selectors") or []]
        return super().arguments(api) | {"selectors": selectors}

    def look(self, api: Api, known: Properties) -> dict[str, Any] | None:
        """Wait until nothing of it moves."""
        return settled(api, f"Fargate profile {api.id}", lambda: self._profile(api), 600)

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Selectors without empty labels."""
        selectors = [{key: value for key, value in each.items() if value} for each in item["selectors"]]
        return super().outputs(api, item, known) | {"selectors": selectors, **mark(item)}

    def remove(self, api: Api) -> None:
        """Delete it, and wait until it is gone."""
        cluster, _, name = api.id.partition(":")
        if self.delete_once(api) is not None:
            vanish(api, f"Fargate profile {name} of {cluster}", lambda: self._profile(api), 600)

    def _profile(self, api: Api) -> dict[str, Any] | None:
        return super().look(api, {})
