"""All the rules, by subject."""

from __future__ import annotations

from pathlib import Path

import yaml

from policies import cluster, compute, federation, groups, identity, network, peering, storage, tags

NAME = "federated-eks"
SUBJECTS = {
    "Networks": network.RULES,
    "Security groups": groups.RULES,
    "Peerings": peering.RULES,
    "Machines": compute.RULES,
    "Clusters": cluster.RULES,
    "Identity": identity.RULES,
    "Keys, logs and sessions": storage.RULES,
    "Federation": federation.RULES,
    "Tags": tags.RULES,
}
RULES = tuple(rule for rules in SUBJECTS.values() for rule in rules)


def version() -> str:
    """The pack's version, as PulumiPolicy.yaml has it."""
    return str(yaml.safe_load(Path(__file__).with_name("PulumiPolicy.yaml").read_text())["version"])
