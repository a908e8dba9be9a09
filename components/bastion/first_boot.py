"""What the bastion does when it boots: a script, made here from the template beside this module."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

TEMPLATE = Path(__file__).with_suffix(".sh")
LONGEST = 16 * 1024
"""Bytes of user data that EC2 takes (EC2 user guide, "Run commands at launch")."""

HELM = "3.19.0"
EKSCTL = "0.215.0"
KUBEFEDCTL = "0.10.0"
KUBERNETES = "1.35"
"""The minor of kubectl where the settings leave a cluster's to EKS."""


@dataclass(frozen=True, kw_only=True)
class FirstBoot:
    """What the script is made from."""

    fleet: str
    region: str
    """The bastion's."""
    log_group: str
    """Where it tells what is missing."""
    clusters: Mapping[str, str]
    """The clusters' regions by name, the host first."""
    kubernetes: str
    """The minor version of kubectl."""
    internet: bool
    """Whether there is a way to the tools' publishers."""
    root: str = ""
    """What its files lie under; empty on a machine of its own."""


def script(boot: FirstBoot) -> str:
    """The user data, in bash. Raises RunError where EC2 would not take it."""
    values = {
        "FLEET": boot.fleet,
        "REGION": boot.region,
        "LOG_GROUP": boot.log_group,
        "INTERNET": "yes" if boot.internet else "no",
        # A minor's first release is the one that is there for certain, and one kubectl is as good as the other here.
        "KUBECTL": f"{boot.kubernetes}.0",
        "HELM": HELM,
        "EKSCTL": EKSCTL,
        "KUBEFEDCTL": KUBEFEDCTL,
        "ROOT": boot.root,
    }
    clusters = " ".join(shlex.quote(f"{name} {region}") for name, region in boot.clusters.items())
    lines = [
        *(f"readonly {name}={shlex.quote(value)}" for name, value in values.items()),
        f"readonly CLUSTERS=({clusters})",
    ]
    text = TEMPLATE.read_text(encoding="utf-8").replace("@SETTINGS@", "\n".join(lines))
    size = len(text.encode())
    if size > LONGEST:
        raise pulumi.RunError(
            f"clusters: {len(boot.clusters)} make the bastion's user data {size} bytes long and EC2 takes {LONGEST}; "
            "set bastion.enabled: false, or make several fleets"
        )
    return text


def newest(versions: Iterable[str | None]) -> str:
    """The newest of minor versions, `1.35` say; None is EKS's default."""
    return max(
        (version or KUBERNETES for version in versions), key=lambda minor: [int(part) for part in minor.split(".")]
    )
