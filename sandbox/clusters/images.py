"""The container images that the sandbox runs as local processes. kwok simulates all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Program(Enum):
    """The program that runs in place of an image."""

    KUBEFED = "kubefed"
    """hyperfed, by the name of the container's program."""
    PROMETHEUS_OPERATOR = "prometheus-operator"
    """The Prometheus operator."""
    KARMADA = "karmada"
    """A part of Karmada's control plane, by the name of the container's program."""
    SHELL = "shell"
    """bash and kubectl of this machine."""


@dataclass(frozen=True)
class Image:
    """A repository that the sandbox knows, and its tags that the sandbox can run."""

    program: Program
    repository: str
    tags: str
    """A regular expression of the tags."""
    advice: str
    """The message for other tags."""
    pull: float = 0.5
    """Seconds of the first pull to a cluster's nodes."""
    entrypoint: tuple[str, ...] = ()
    """The command of a container without one."""


_OTHERS = (
    # The chart depends on the time of a pull: a controller that starts before Helm has created its KubeFedConfig
    # creates one itself, and Helm then fails because it exists.
    Image(Program.KUBEFED, "kubefed", r"v0\.10\.0", "the sandbox runs kubefed v0.10.0, the last release", pull=3.0),
    Image(
        Program.PROMETHEUS_OPERATOR,
        "prometheus-operator/prometheus-operator",
        r"v0\.45\.0",
        "the sandbox runs the Prometheus operator v0.45.0, whose bundle is .sandbox/manifests/prometheus-operator.yaml",
        entrypoint=("/bin/operator",),
    ),
    Image(Program.SHELL, "alpine/k8s", r"1\.\d+\.\d+", "take a release of Kubernetes, 1.37.0 for instance"),
    Image(Program.SHELL, "bitnamilegacy/kubectl", r"\d.*", "take a release of Kubernetes"),
    Image(
        Program.SHELL, "bitnami/kubectl", r"latest", "its versioned tags are gone from the registry; take alpine/k8s"
    ),
)

KARMADA = "v1.18.2"
PARTS = ("karmada-controller-manager", "karmada-scheduler", "karmada-webhook", "karmada-aggregated-apiserver")
"""Karmada's own images."""
KUBERNETES = ("kube-apiserver", "kube-controller-manager", "etcd")
"""The images of Karmada's chart that are not Karmada's own. The sandbox's programs replace any version of them."""

IMAGES = (
    *_OTHERS,
    *(
        Image(Program.KARMADA, f"karmada/{name}", re.escape(KARMADA), f"the sandbox runs Karmada {KARMADA}")
        for name in PARTS
    ),
    *(
        Image(Program.KARMADA, name, r"v?\d+\.\d+\.\d+(-\d+)?", "take a release, as Karmada's chart names one")
        for name in KUBERNETES
    ),
)

OURS = "^(.*/)?(" + "|".join(re.escape(image.repository) for image in IMAGES) + ")(:|@|$)"
"""A regular expression, also for jq, of images in IMAGES with any tag. kwok ignores pods with these."""


def find(name: str) -> Image | None:
    """The known image of a container's `image`, whatever its tag."""
    repository, _ = split(name)
    for image in IMAGES:
        if repository == image.repository or repository.endswith("/" + image.repository):
            return image
    return None


def pullable(name: str) -> bool:
    """Whether a known image has this tag."""
    image = find(name)
    return bool(image and re.fullmatch(image.tags, split(name)[1]))


def split(name: str) -> tuple[str, str]:
    """The repository and tag of an image. A digest is no tag."""
    repository, _, digest = name.partition("@")
    head, colon, tag = repository.rpartition(":")
    if not colon or "/" in tag:
        return repository, "" if digest else "latest"
    return head, tag
