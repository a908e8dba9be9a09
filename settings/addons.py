"""The add-ons of EKS that a cluster has."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator

from components.cluster.addons import EBS_DRIVER
from settings.base import Section
from settings.form import Form
from settings.near import same

VERSION = r"v\d+\.\d+\.\d+-eksbuild\.\d+"
NAME = r"[a-z0-9][a-z0-9_-]{0,99}"
NAMES = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "metrics-server", EBS_DRIVER)
"""The add-ons that a cluster has unless the settings say otherwise."""


CHOICE = rf"default|latest|{VERSION}"


def _version(value: str) -> str:
    if not re.fullmatch(CHOICE, value):
        meant = same(value, ("default", "latest")) or (re.fullmatch(VERSION, f"v{value}") and f"v{value}")
        listed = "default, latest, or one that `aws eks describe-addon-versions` lists, v1.21.1-eksbuild.3 for instance"
        raise ValueError(f"is not an add-on's version; use {meant or listed}")
    return value


def _name(value: str) -> str:
    meant = same(value, NAMES)
    if not re.fullmatch(NAME, value) or meant not in (None, value):
        listed = "one that `aws eks describe-addon-versions` lists, coredns for instance"
        raise ValueError(f"is no add-on's name; use {meant or listed}")
    return value


class Addon(Section):
    """An add-on. It replaces the objects of its kind that a new cluster has, and keeps later changes to them."""

    name: Annotated[str, AfterValidator(_name), Form("A name that `aws eks describe-addon-versions` lists.", NAME)]
    version: Annotated[
        str,
        AfterValidator(_version),
        Form("`default`, `latest`, or one version, v1.21.1-eksbuild.3 for instance.", CHOICE),
    ] = "default"
    """A version; or EKS's `default` for the Kubernetes version, or the `latest`, at each update."""
    configuration: dict[str, Any] = {}
    """Values in the add-on's own schema (`aws eks describe-addon-configuration`)."""


NODES_ONLY = ("eks-pod-identity-agent", EBS_DRIVER)
"""The add-ons that Fargate does not support (EKS user guide, considerations of pod-identities and ebs-csi)."""

NEEDS_PODS = ("coredns", "metrics-server", EBS_DRIVER)
"""The add-ons that become ACTIVE only once their pods run in kube-system."""

DEFAULT = tuple(Addon(name=name) for name in NAMES)
"""The default add-ons: network policies, DNS, identities for pods, metrics for autoscalers, and volumes."""


def fitting(desired: tuple[Addon, ...], *, nodes: bool) -> tuple[Addon, ...]:
    """The add-ons of a cluster. Without nodes it gets coredns for Fargate, and by default no add-on for nodes."""
    if nodes:
        return desired
    kept = tuple(addon for addon in desired if addon.name not in NODES_ONLY) if desired == DEFAULT else desired
    return tuple(
        addon.model_copy(update={"configuration": {"computeType": "Fargate", **addon.configuration}})
        if addon.name == "coredns"
        else addon
        for addon in kept
    )


def check(key: str, desired: tuple[Addon, ...], *, nodes: bool) -> None:
    """Check a cluster's add-ons against each other and against what it runs on. Raises ValueError."""
    names = [addon.name for addon in desired]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{key}: {name} is listed {names.count(name)} times; list it once")
        if name in NODES_ONLY and not nodes:
            raise ValueError(f"{key}: {name} works on nodes alone and there is no node group; drop it, or add a group")
    if EBS_DRIVER in names and "eks-pod-identity-agent" not in names:
        raise ValueError(
            f"{key}: {EBS_DRIVER} gets its role from eks-pod-identity-agent, which is not among them; list it too"
        )
