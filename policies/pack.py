"""All rules, by subject."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import yaml

from policies import (
    cluster,
    compute,
    federation,
    groups,
    identity,
    karmada,
    names,
    network,
    peering,
    software,
    storage,
    tags,
)
from policies.rule import Rule

NAME = "federated-eks"


def rules(module: ModuleType) -> tuple[Rule, ...]:
    """Return the rules that a module defines, in the order of their definitions."""
    return tuple(value for value in vars(module).values() if isinstance(value, Rule))


SUBJECTS = {
    "Networks": rules(network),
    "Security groups": rules(groups),
    "Peerings": rules(peering),
    "Machines": rules(compute),
    "Clusters": rules(cluster),
    "Identity": rules(identity),
    "Keys, logs and sessions": rules(storage),
    "Federation": rules(federation),
    "Karmada": rules(karmada),
    "Charts and manifests": rules(software),
    "Names": rules(names),
    "Tags": rules(tags),
}
"""The order of the page and of the pack: by subject, then by position in the subject's module."""
RULES = tuple(rule for subject in SUBJECTS.values() for rule in subject)


def version() -> str:
    """Return the pack's version from PulumiPolicy.yaml."""
    return str(yaml.safe_load(Path(__file__).with_name("PulumiPolicy.yaml").read_text())["version"])
