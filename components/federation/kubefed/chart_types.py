"""The types of kubefed's chart as resources, so that kubefed can be removed from a host that stays."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from ...metadata import metadata
from .builtin_types import BUILT_IN, CHART
from .derive import GROUP, VERSION, type_config
from .release import KubeFed


def take_over(name: str, kubefed: KubeFed, *, kept: bool, parent: pulumi.Resource) -> None:
    """Declare the chart's FederatedTypeConfigs, as they are, once the release exists.

    So they go before it. Their finalizer needs the controller, which an uninstall ends first (docs/decisions/0004).
    Those that are `kept` stay when they leave the program, and kubefed goes on.
    """
    for type_ in sorted(CHART):
        kubernetes.apiextensions.CustomResource(
            f"{name}-{type_}",
            api_version="core.kubefed.io/v1beta1",
            kind="FederatedTypeConfig",
            metadata=metadata(type_, namespace=kubefed.namespace, annotations={"pulumi.com/patchForce": "true"}),
            spec=_spec(type_),
            opts=kubefed.host.options(parent, minutes=5, kept=kept),
        )


def _spec(type_: str) -> dict[str, Any]:
    """A type of the chart's (charts/kubefed, templates/federatedtypeconfig.yaml)."""
    spec = type_config(BUILT_IN[type_][0], GROUP, VERSION)["spec"]
    if type_ == "namespaces":  # A FederatedNamespace is in the namespace that it federates.
        spec["federatedType"]["scope"] = "Namespaced"
    return spec
