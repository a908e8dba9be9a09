"""Charts and manifests: whether their contents are pinned, and which registries their images are from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import pulumi_kubernetes as kubernetes

from policies.inputs import UNKNOWN, Block, Resource, known, shown, token
from policies.rule import Context, Parameter, Severity, rule

apps, batch, core, helm = kubernetes.apps.v1, kubernetes.batch.v1, kubernetes.core.v1, kubernetes.helm.v3
MANIFEST = "federated-eks:index:Manifest"
"""The component of an entry of `manifests`, which has its file or URL."""


@cache
def templates() -> Mapping[str, str]:
    """Return the types that run pods, with the path of the pods' spec in each."""
    workloads = (apps.Deployment, apps.DaemonSet, apps.ReplicaSet, apps.StatefulSet, batch.Job)
    return {
        token(core.Pod): "spec",
        token(batch.CronJob): "spec.jobTemplate.spec.template.spec",
        **dict.fromkeys(map(token, workloads), "spec.template.spec"),
    }


@rule(
    "chart-pinned",
    lambda: (helm.Release,),
    what="A chart from a repository has an exact version, and the connection to the repository is authenticated.",
    fix="set the chart's exact version, and an https or oci repository",
    sources=("ours", "CKV_K8S_14"),
    severity=Severity.HIGH,
)
def chart_pinned(release: Resource, _: Context) -> Iterator[str]:
    """Yield a range of versions, and a repository that is not https, oci, or on the machine itself."""
    repository, version, chart = (release.at(path) for path in ("repositoryOpts.repo", "version", "chart"))
    if repository is UNKNOWN or chart is UNKNOWN:
        return
    if repository is None and not str(chart).startswith("oci://"):
        return
    if version is not UNKNOWN and not re.fullmatch(r"v?\d+\.\d+\.\d+([-+].*)?", str(version)):
        yield f"version is {shown(version)}"
    if repository is not None and not _is_safe(str(repository)):
        yield f"repositoryOpts.repo is {shown(repository)}"


@rule(
    "manifest-pinned",
    lambda: (MANIFEST,),
    what="A manifest is a file, or a URL whose content never changes: of a release or a commit, not of a branch.",
    fix="use the URL of a release or a commit, or save the manifest to a file",
    sources=("ours",),
    severity=Severity.HIGH,
    parameters={
        "moving": Parameter.texts(
            ["latest", "main", "master", "HEAD", "trunk", "develop", "nightly"], "Parts of a URL whose content changes."
        )
    },
)
def manifest_pinned(manifest: Resource, context: Context) -> Iterator[str]:
    """Yield a URL that is not https, has a moving part, or names a branch."""
    source = manifest.at("source")
    if not isinstance(source, str) or "://" not in source:
        return
    if not _is_safe(source):
        yield f"{source} is not https"
    parts = re.split(r"[/=@?&]", urlsplit(source)._replace(scheme="", netloc="").geturl())
    if moving := [part for part in parts if part in context.parameters["moving"]]:
        yield f"{source} has {moving[0]}"
    elif "refs/heads/" in source:
        yield f"{source} is of a branch"


@rule(
    "image-registry",
    lambda: (*templates(), helm.Release),
    what="A cluster's images are from the registries that the fleet's owner lists, if there is a list.",
    fix="use an image of a listed registry, also in the values of a chart, or list its registry",
    sources=("ours", "CIS EKS v1.7.0 5.1.4", "CIS Kubernetes 5.5.1"),
    severity=Severity.HIGH,
    parameters={
        "registries": Parameter.texts(
            [], "Registries, or registries with the start of a path, quay.io/team; empty: any."
        )
    },
)
def image_registry(resource: Resource, context: Context) -> Iterator[str]:
    """Yield images of other registries, and charts whose values name no image, because their images are unknown."""
    registries: Sequence[str] = context.parameters["registries"]
    if not registries:
        return
    is_release = resource.type not in templates()
    images = [*(_in_values(resource.at("values")) if is_release else _in_pods(resource))]
    if is_release and not images and known(resource.at("values")):
        yield "its values name no image, so that the chart's own are run"
    for image in dict.fromkeys(images):
        if not any(f"{_with_registry(image)}/".startswith(f"{registry.rstrip('/')}/") for registry in registries):
            yield f"its image {image} is from another registry"


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("https", "oci") or parts.hostname in ("127.0.0.1", "localhost", "::1")


def _in_pods(resource: Resource) -> Iterator[str]:
    pods = resource.at(templates()[resource.type])
    if not isinstance(pods, Mapping):
        return
    spec = Block(resource.type, cast("Mapping[str, Any]", pods))
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        yield from (image for container in spec.each(kind) if isinstance(image := container.at("image"), str))


def _in_values(values: Any) -> Iterator[str]:
    """Yield the images in a chart's values: `image: <text>`, or `repository` with its registry or its image."""
    if isinstance(values, list):
        for value in cast("list[Any]", values):
            yield from _in_values(value)
    if not isinstance(values, Mapping):
        return
    found = cast("Mapping[str, Any]", values)
    parts = [found.get(name) for name in ("registry", "repository", "image")]
    names = [part for part in parts if isinstance(part, str) and part]
    if names and isinstance(found.get("repository") or found.get("image"), str):
        yield "/".join(names)
    for value in found.values():
        yield from _in_values(value)


def _with_registry(image: str) -> str:
    """Return an image with its registry, and without tag and digest. Images of Docker Hub may leave it out."""
    path = re.sub(r"(:[^/:]+)?(@.*)?$", "", image)
    host, slash, _ = path.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        return path
    return f"docker.io/{path}" if slash else f"docker.io/library/{path}"
