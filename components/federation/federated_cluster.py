"""A cluster of a federation, for any engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output


@dataclass(frozen=True, kw_only=True)
class FederatedCluster:
    """A cluster of the federation."""

    name: str
    endpoint: Input[str]
    certificate_authority: Input[str]
    """The cluster's CA certificate, PEM in base64."""
    kubeconfig: Output[str]
    """JSON. Secret."""
    provider: kubernetes.Provider
    control_plane: pulumi.Resource
    """The resource whose deletion deletes everything in the cluster."""
    nodes: Sequence[pulumi.Resource]
    """The nodes that its pods run on."""
    ready: Sequence[pulumi.Resource]
    """The resources that its pods need: nodes and add-ons."""
    ways: Sequence[pulumi.Resource]
    """The peerings by which the host reaches it."""
    zones: Input[Sequence[str]]
    """The zones that its nodes run in."""
    labels: dict[str, str]
    """The labels of its membership, for placements."""
    brought: Mapping[str, pulumi.Resource]
    """The CRDs that its charts and manifests bring, by name."""
    software: Sequence[pulumi.Resource]
    """The cluster's charts and manifests."""
