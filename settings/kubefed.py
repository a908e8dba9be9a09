"""The control plane of the federation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.base import Section
from settings.form import Form
from settings.nodes import KUBEFED, FargateProfile, NodeGroup, on_amd64

_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_PLACE = rf"[A-Za-z0-9.-]+(:\d+)?(/{_PART})*"
"""A registry's host, and lower-case parts of a path (distribution/reference, regexp.go)."""


_IMAGE = rf"{_PLACE}/{_PART}:\w[\w.-]{{0,127}}"
_URL = r"https?://[^\s/]+(/\S*)?"


def _image(value: str) -> str:
    if not re.fullmatch(_IMAGE, value, re.ASCII):
        raise ValueError(
            "is not <registry>/<image>:<tag>; name all three in lower case, docker.io/alpine/k8s:1.35.4 for instance"
        )
    return value


def _registry(value: str) -> str:
    if not re.fullmatch(_PLACE, value):
        raise ValueError(
            "is no registry; give a host and lower-case parts, quay.io/team for instance, without image or tag"
        )
    return value


def _repository(value: str) -> str:
    if not re.fullmatch(_URL, value):
        raise ValueError("is no chart repository's URL; give one that begins with https:// or http://")
    return value


REGISTRY = "quay.io/kubernetes-multicluster"
"""The registry of kubefed's own image."""

Image = Annotated[str, AfterValidator(_image), Form("`<registry>/<image>:<tag>`, in lower case.", _IMAGE)]
Registry = Annotated[
    str, AfterValidator(_registry), Form("A registry and a path in it, without image and tag.", _PLACE)
]
Repository = Annotated[str, AfterValidator(_repository), Form("The URL of a chart repository.", _URL)]


class KubeFed(Section):
    """The control plane of the federation, a Helm release on the host."""

    chart: str = "kubefed"
    """The chart's name in the repository, or a folder that holds it."""
    repository: Repository = "https://raw.githubusercontent.com/kubernetes-retired/kubefed/master/charts"
    """The repository of the chart; a folder needs none.

    Its index.yaml links to releases of kubernetes-sigs/kubefed, which GitHub redirects. Every preview reads both.
    """
    version: str = Field(default="0.10.0", pattern=r"^\d+\.\d+\.\d+$")
    """The chart's version, 0.10.0 is the last; its image's tag is the same after a v."""
    # Helm 3 installs it. Helm 4 creates webhook configurations before custom resources, and the chart's webhook, which
    # isn't up by then, refuses the chart's FederatedTypeConfigs. Check this before a Kubernetes provider with Helm 4.
    registry: Registry = REGISTRY
    """The registry of its image `kubefed`, whose tag is the chart's version after a v.

    The default one is for amd64 alone: the host needs nodes of x86_64, or a registry of your own with another image.
    """
    hook_image: Image = "docker.io/alpine/k8s:1.35.4"
    """An image with bash and kubectl, with which the chart's post-install job sets kubefed's feature gates.

    Docker Hub limits anonymous pulls by address, 100 in six hours, and nodes share their NAT gateway's. A pull that is
    refused fails the release after ten minutes: name a copy in a registry of your own.
    """
    timeout_minutes: int = Field(default=5, ge=1, le=60)
    """The minutes until a cluster must be Ready, a type federated, or all of its objects deleted.

    kubefed checks a cluster every ten seconds, once its controller leads.
    """

    @property
    def chart_repository(self) -> str | None:
        """The repository to look the chart up in; None for a folder."""
        return None if "/" in self.chart else self.repository

    def check_architecture(self, region: str, groups: Sequence[NodeGroup], profiles: Sequence[FargateProfile]) -> None:
        """Raise ValueError for a host without a node that runs kubefed's own image, which is for amd64 alone.

        kubefed's Makefile pushes one image, built on amd64, and no list of images by architecture.
        """
        if self.registry != REGISTRY or on_amd64(groups) or any(profile.takes(KUBEFED) for profile in profiles):
            return
        types = ", ".join(name for group in groups if group.takes_any_pod for name in group.instance_types)
        raise ValueError(
            f"nodeGroups ({region}): {types} are arm64, and kubefed's image in {REGISTRY} is for amd64 alone; give the "
            "host's cluster a node group of x86_64, [t3.medium] for instance, without taints, or set kubefed.registry "
            "to where you keep an image for arm64"
        )

    def check_reached(self, name: str, region: str) -> None:
        """Raise ValueError for images that a cluster without internet access can't pull."""
        for key, image in (("registry", self.registry), ("hookImage", self.hook_image)):
            if not re.match(rf"\d{{12}}\.dkr\.ecr\.{region}\.", image):
                raise ValueError(
                    f"network.nat: none leaves {name} no way to {image.partition('/')[0]}; set nat: one, or copy "
                    f"kubefed's images into ECR in {region} and set kubefed.{key} to <account>.dkr.ecr.{region}."
                    "amazonaws.com/..."
                )
