"""`python examples/walkthrough/tour.py STACK`: the tour on a fleet that is up, each step with what is seen of it.

STACK is the fleet's; the example's own has its name, and goes at the end. It takes the Pulumi CLI, and a way to
the clusters. The exit code is 0 where all is as the article shows, and nothing is left of it.

The name over the regions takes a public hosted zone, and is left out without one. For a zone of your own, run
`pulumi config set zone example.com` in the example's stack; `--create-zone NAME` creates one for the tour alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

from entrance import Zone, created, in_both, in_none, in_one
from kubernetes import config
from kubernetes.dynamic import DynamicClient
from steps import GONE, STEPS, look_all

EXAMPLE = Path(__file__).parent
FLEET = EXAMPLE.parents[1]


def main(stack: str, new_zone: str | None) -> int:
    """Bring the example up, look at each step, take it away, and look whether it is gone."""
    outputs = read_outputs(stack)
    region = outputs["plan"]["host"]
    pulumi("stack", "select", "--create", stack)
    if new_zone:
        pulumi("config", "set", "zone", new_zone, "--stack", stack)
    with created(new_zone, region) if new_zone else nullcontext(configured_zone(stack, region)) as zone:
        # A zone of the user's stays in the settings, for the next tour.
        wrong = tour(stack, outputs, zone, *(["--preserve-config"] if zone and not new_zone else []))
    print(f"\nNot as shown: {', '.join(wrong)}" if wrong else "\nAll is as shown, and nothing is left of it.")
    return 1 if wrong else 0


def tour(stack: str, outputs: Any, zone: Zone | None, *removal: str) -> list[str]:
    """The titles of steps that are not right; `removal` are further arguments of the stack's removal."""
    clusters = connect(outputs)
    try:
        update(stack)
        wrong = look_all(STEPS, clusters)
        if zone:
            wrong += follow(zone, stack, outputs["plan"]["clusters"][-1]["region"], clusters)
    finally:
        pulumi("destroy", "--yes", "--skip-preview", "--stack", stack)
        pulumi("stack", "rm", "--yes", *removal, "--stack", stack)
    return wrong + look_all((*GONE, *(in_none(zone) if zone else ())), clusters)


def follow(zone: Zone, stack: str, region: str, clusters: Mapping[str, DynamicClient]) -> list[str]:
    """Look where the name leads, then without the Service of a region, and then with it again."""
    wrong = look_all(in_both(zone), clusters)
    pulumi("config", "set", "without", region, "--stack", stack)
    try:
        update(stack)
        wrong += look_all(in_one(zone, region), clusters)
    finally:
        pulumi("config", "rm", "without", "--stack", stack)
    update(stack)
    return wrong + look_all(in_both(zone), clusters)


def read_outputs(stack: str) -> Any:
    """The outputs of the fleet's stack."""
    return read(FLEET, "stack", "output", "--show-secrets", "--stack", stack)


def configured_zone(stack: str, region: str) -> Zone | None:
    """The zone in the settings of the example's stack; None without one. `region` is one of the account's."""
    setting = read(EXAMPLE, "config", "--stack", stack).get("federated-eks-walkthrough:zone")
    return Zone.named(setting["value"], region) if setting else None


def connect(outputs: Any) -> dict[str, DynamicClient]:
    """The fleet's clusters by name, in the order of its settings."""
    kubeconfig = json.loads(outputs["kubeconfig"])
    names = [cluster["name"] for cluster in outputs["plan"]["clusters"]]
    return {
        name: DynamicClient(cast(Any, config).new_client_from_config_dict(kubeconfig, context=name)) for name in names
    }


def update(stack: str) -> None:
    """Bring the example up."""
    pulumi("up", "--yes", "--skip-preview", "--stack", stack)


def pulumi(*arguments: str) -> None:
    """Run pulumi on the example."""
    subprocess.run(["pulumi", *arguments], cwd=EXAMPLE, check=True)


def read(project: Path, *arguments: str) -> Any:
    """Return pulumi's JSON output for a project."""
    command = ["pulumi", *arguments, "--json"]
    return json.loads(subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout)


def parse_arguments() -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stack", metavar="STACK", help="the fleet's stack, `dev` for instance")
    parser.add_argument("--create-zone", metavar="NAME", help="a zone to create for the tour, and to delete at its end")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse_arguments()
    sys.exit(main(arguments.stack, arguments.create_zone))
