"""Karmada: its images, keys and certificates, its etcd, the callers of its API, and what its policies propagate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone

import pulumi_kubernetes as kubernetes

from policies.inputs import UNKNOWN, Resource, shown, token
from policies.ranges import network
from policies.rule import Context, Parameter, Severity, rule

apps, core, helm = kubernetes.apps.v1, kubernetes.core.v1, kubernetes.helm.v3
POLICY = "kubernetes:policy.karmada.io/v1alpha1:ClusterPropagationPolicy"
"""The type of a custom resource: its API version and kind."""

EXPIRES = "federated-eks/expires"
"""The annotation of a Secret with the day on which its certificates end."""

API = "karmada-apiserver"
"""The label `app` of the pods of Karmada's API."""

OWN = ("scheduler", "webhook", "controllerManager", "aggregatedApiServer", "cfssl", "kubectl")
"""The parts of the chart whose images have a moving tag by default, by their keys in its values."""

KEYS = ("certs.custom.caKey", "certs.custom.key", "certs.custom.frontProxyKey", "etcd.external.certs.key")
"""The private keys among the chart's values."""

OPEN = ("LoadBalancer", "NodePort")
"""Types of Services that callers outside of the cluster reach."""


@rule(
    "karmada-pinned",
    lambda: (helm.Release,),
    what="Karmada's images have a version's tag and no moving tag, unlike the chart's default.",
    fix="set karmada.version, and a tag in karmada.hookImage",
    sources=("ours", "CKV_K8S_14", "karmada-io/karmada#6802"),
    severity=Severity.HIGH,
    parameters={
        "moving": Parameter.texts(["latest", "main", "master", "edge", "nightly"], "Tags that move."),
    },
)
def karmada_pinned(release: Resource, context: Context) -> Iterator[str]:
    """Yield images whose tag is missing or moves."""
    if not _is_karmada(release):
        return
    for place in ("karmadaImageVersion", *(f"{part}.image.tag" for part in OWN)):
        tag = release.at(f"values.{place}")
        if tag in (None, "", *context.parameters["moving"]):
            yield f"values.{place} is {shown(tag)}"


@rule(
    "karmada-keys-secret",
    lambda: (helm.Release,),
    what="The private keys of Karmada's control plane are secret in the stack's state, which many people can read.",
    fix="wrap them in pulumi.Output.secret",
    sources=("ours",),
    severity=Severity.CRITICAL,
)
def karmada_keys_secret(release: Resource, _: Context) -> Iterator[str]:
    """Yield keys among the chart's values that are not secret."""
    if not _is_karmada(release):
        return
    for key in KEYS:
        if isinstance(release.at(f"values.{key}"), str) and not release.is_secret(f"values.{key}"):
            yield f"values.{key} is not secret"


@rule(
    "karmada-certificates",
    lambda: (core.Secret,),
    what="Karmada's certificates end in the far future, because every part of Karmada fails when they end.",
    fix="run an update, which issues them anew in a new year",
    sources=("ours", "karmada-io/karmada#4787"),
    severity=Severity.HIGH,
    parameters={"days": Parameter.number(90, "The days for which a certificate still holds at least.", minimum=1)},
)
def karmada_certificates(secret: Resource, context: Context) -> Iterator[str]:
    """Yield a day of expiry that is near or past."""
    day = secret.at(f"metadata.annotations.{EXPIRES}")
    if not isinstance(day, str):
        return
    left = (date.fromisoformat(day) - datetime.now(timezone.utc).date()).days
    if left < context.parameters["days"]:
        yield f"its certificates end on {day}, in {left} days"


@rule(
    "karmada-etcd-volume",
    lambda: (helm.Release, apps.StatefulSet),
    what="Karmada's etcd keeps its data on a volume of its own, because a node's disk goes with the node.",
    fix="give the StatefulSet claims of volumes, or set etcd.internal.storageType: pvc in the chart's values",
    sources=("ours", "karmada-io/karmada#5582"),
    severity=Severity.CRITICAL,
)
def karmada_etcd_volume(resource: Resource, _: Context) -> Iterator[str]:
    """Yield the chart's own etcd without claims, and an etcd of the stack's without them."""
    if resource.type == token(helm.Release):
        mode, storage = (resource.at(f"values.etcd.{path}") for path in ("mode", "internal.storageType"))
        if _is_karmada(resource) and mode in (None, "internal") and storage not in ("pvc", UNKNOWN):
            yield f"values.etcd.internal.storageType is {shown(storage)}"
    elif any(_name(image) == "etcd" for image in _images(resource)):
        if resource.at("spec.volumeClaimTemplates") in (None, []):
            yield "spec.volumeClaimTemplates is not set"
        for volume in resource.each("spec.template.spec.volumes"):
            if volume.at("hostPath") not in (None, UNKNOWN):
                yield f"its volume {shown(volume.at('name'))} is on the node's disk"


@rule(
    "karmada-allow-list",
    lambda: (core.Service, helm.Release),
    what="Karmada's API is open to listed ranges only, because attackers probe every open API.",
    fix="list the callers' ranges in loadBalancerSourceRanges, and leave the chart's own Service a ClusterIP",
    sources=("ours", "CKV_AWS_39"),
    severity=Severity.CRITICAL,
    parameters={"prefix": Parameter.number(8, "The shortest prefix that a range may have.", minimum=1, maximum=32)},
)
def karmada_allow_list(resource: Resource, context: Context) -> Iterator[str]:
    """Yield a missing list, which AWS reads as 0.0.0.0/0, ranges that are too wide, and the chart's own Service."""
    if resource.type == token(helm.Release):
        kind = resource.at("values.apiServer.serviceType")
        if _is_karmada(resource) and kind in OPEN:
            yield f"values.apiServer.serviceType is {kind}"
        return
    if resource.at("spec.type") not in OPEN or resource.at("spec.selector.app") != API:
        return
    ranges = resource.at("spec.loadBalancerSourceRanges")
    if ranges in (None, []):
        yield "spec.loadBalancerSourceRanges is not set"
    for text in resource.texts("spec.loadBalancerSourceRanges"):
        range_ = network(text)
        if range_ and range_.prefixlen < context.parameters["prefix"]:
            yield f"spec.loadBalancerSourceRanges has {text}, which is wider than /{context.parameters['prefix']}"


@rule(
    "propagation-named",
    lambda: (POLICY,),
    what="A policy for objects of the whole cluster names them, because one without names takes every namespace, those "
    "of Kubernetes too.",
    fix="give each resource selector a name or a labelSelector",
    sources=("ours", "karmada-io/karmada#6827"),
    severity=Severity.HIGH,
)
def propagation_named(policy: Resource, _: Context) -> Iterator[str]:
    """Yield selectors that take every object of a kind."""
    for selector in policy.each("spec.resourceSelectors"):
        if selector.at("name") in (None, "") and selector.at("labelSelector") in (None, {}):
            yield f"spec.resourceSelectors takes every {shown(selector.at('kind'))}"


def _is_karmada(release: Resource) -> bool:
    return str(release.at("chart")).rpartition("/")[2] == "karmada"


def _images(workload: Resource) -> list[str]:
    containers = workload.each("spec.template.spec.containers")
    return [image for container in containers if isinstance(image := container.at("image"), str)]


def _name(image: str) -> str:
    """The last part of an image's path, without its tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]
