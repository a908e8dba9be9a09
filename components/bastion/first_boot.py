"""The bastion's boot script, from the template beside this module."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).with_suffix(".sh")

HELM = "3.19.0"
EKSCTL = "0.215.0"
KUBEFEDCTL = "0.10.0"
KUBERNETES = "1.35"
"""The minor version of kubectl if the settings leave the clusters' version to EKS."""


@dataclass(frozen=True, kw_only=True)
class FirstBoot:
    """The values in the script. None of them changes with the fleet's clusters."""

    fleet: str
    region: str
    """The bastion's region."""
    log_group: str
    """The log group for what is missing."""
    parameter: str
    """The name of the parameter with the clusters and kubectl's version, fleet_list.name."""
    internet: bool
    """Whether the tools' publishers are reachable."""
    root: str = ""
    """The root directory of its files; empty on a machine of its own."""


def script(boot: FirstBoot) -> str:
    """Return the user data, in bash."""
    values = {
        "FLEET": boot.fleet,
        "REGION": boot.region,
        "LOG_GROUP": boot.log_group,
        "INTERNET": "yes" if boot.internet else "no",
        "PARAMETER": boot.parameter,
        "HELM": HELM,
        "EKSCTL": EKSCTL,
        "KUBEFEDCTL": KUBEFEDCTL,
        "ROOT": boot.root,
    }
    lines = [f"readonly {name}={shlex.quote(value)}" for name, value in values.items()]
    return TEMPLATE.read_text(encoding="utf-8").replace("@SETTINGS@", "\n".join(lines))


def newest(versions: Iterable[str | None]) -> str:
    """Return the newest of minor versions, `1.35` say; None is EKS's default."""
    return max(
        (version or KUBERNETES for version in versions), key=lambda minor: [int(part) for part in minor.split(".")]
    )
