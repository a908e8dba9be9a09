"""Which container images the sandbox runs for real, as local processes; all others are acted by kwok."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Program(Enum):
    """What stands for an image."""

    KUBEFED = "kubefed"
    """hyperfed, by the name of the program that the container starts."""
    PROMETHEUS_OPERATOR = "prometheus-operator"
    """The Prometheus operator."""
    KARMADA = "karmada"
    """A part of Karmada's control plane, by the name of the program that the container starts."""
    SHELL = "shell"
    """bash and kubectl of this machine."""


@dataclass(frozen=True)
class Image:
    """A repository that the sandbox knows, and the tags of it that it can run."""

    program: Program
    repository: str
    tags: str
    """A regular expression."""
    advice: str
    """What to say about other tags."""
    pull: float = 0.5
    """Seconds in which it comes to a cluster's nodes, the first time."""
    entrypoint: tuple[str, ...] = ()
    """The command of a container that names none."""


_OTHERS = (
    # The chart leans on the time its image takes: a controller that starts before Helm has made its KubeFedConfig makes
    # one itself, and Helm then fails because there is one.
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
"""The images of Karmada's chart that are not its own: the sandbox's programs stand for them, whatever their version."""

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
"""A regular expression (also jq's) for images in IMAGES, whatever their tag: kwok leaves pods with these alone."""


def find(name: str) -> Image | None:
    """The known image behind a container's `image`, whatever its tag."""
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
    """Repository and tag; a digest is no tag."""
    repository, _, digest = name.partition("@")
    head, colon, tag = repository.rpartition(":")
    if not colon or "/" in tag:
        return repository, "" if digest else "latest"
    return head, tag
