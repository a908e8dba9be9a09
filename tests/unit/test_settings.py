"""Settings: what they default to, and what each bad one is told."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from settings import Settings, SettingsError

pytestmark = pytest.mark.unit

PROJECT = Path(settings.__file__).parent
TWO = [{"region": "eu-west-1"}, {"region": "eu-west-3"}]


def parse(values: dict[str, Any]) -> Settings:
    """As Pulumi hands a configuration over: text, and JSON for what isn't a scalar."""
    return settings.parse(
        {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}
    )


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no clusters key", {}, r"federated-eks:clusters: is not set; list the regions, \[{region: eu-west-1}\]"),
    ("no clusters", {"clusters": []}, r"clusters: \[\] is no fleet; list at least one"),
    ("clusters is text", {"clusters": "eu-west-1"}, r"clusters: 'eu-west-1' is refused .*; give a list"),
    ("a cluster is text", {"clusters": ["eu-west-1"]}, r"clusters\[0\]: 'eu-west-1' is refused .*; give keys and"),
    ("a cluster without region", {"clusters": [{}]}, r"clusters\[0\].region: is not set; set it"),
    (
        "unknown region",
        {"clusters": [*TWO, {"region": "eu-west-9"}]},
        r"clusters\[2\].region: eu-west-9 is not an AWS region; take .*eu-west-1",
    ),
    (
        "one region twice",
        {"clusters": [*TWO, TWO[0]]},
        r"clusters: region eu-west-1 is listed 2 times; .* list it once",
    ),
    (
        "one number twice",
        {"clusters": [{"region": "eu-west-1", "number": 2}, {"region": "eu-west-3"}]},
        r"clusters: number 2 is listed 2 times; give each cluster its own",
    ),
    (
        "one name twice",
        {"clusters": [{"region": "eu-west-1", "name": "a"}, {"region": "eu-west-3", "name": "a"}]},
        r"clusters: name a is listed 2 times; give each cluster a name of its own",
    ),
    ("number zero", {"clusters": [{"region": "eu-west-1", "number": 0}]}, r"clusters\[0\].number: 0 is refused"),
    (
        "two partitions",
        {"clusters": [{"region": "eu-west-1"}, {"region": "cn-north-1"}]},
        r"clusters: cn-north-1 and eu-west-1 lie in different AWS partitions \(aws, aws-cn\).*make a stack for each",
    ),
    ("a bad fleet name", {"clusters": TWO, "name": "Fleet_1"}, r"name: Fleet_1 can't name a cluster .* lower-case"),
    (
        "a bad cluster name",
        {"clusters": [{"region": "eu-west-1", "name": "eu-"}]},
        r"clusters\[0\].name: eu- can't name a cluster .* no hyphen last",
    ),
    (
        "a cluster's key that isn't known",
        {"clusters": [{"region": "eu-west-1", "zone": "a"}]},
        r"clusters\[0\].zone: is not a setting; the known ones there are region, number, name, cidr",
    ),
    ("an unknown key", {"clusters": TWO, "regions": TWO}, r"regions: is not a setting; .* are name, clusters, host"),
    ("an unknown key of a section", {"clusters": TWO, "nodes": {"size": 3}}, r"nodes.size: is not a setting; .* min"),
    ("a host without cluster", {"clusters": TWO, "host": "eu-west-2"}, r"host: eu-west-2 has no cluster.*eu-west-1"),
    ("a host that is no region", {"clusters": TWO, "host": "Paris"}, r"host: Paris is not an AWS region"),
    (
        "a range too small",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.0/26"}]},
        r"clusters\[0\].cidr: 172.21.0.0/26 can't be a VPC of 3 private and 3 public subnets; give .* /16 to /24",
    ),
    (
        "a range larger than a VPC",
        {"clusters": [{"region": "eu-west-1", "cidr": "10.0.0.0/8"}]},
        r"clusters\[0\].cidr: 10.0.0.0/8 can't be a VPC",
    ),
    (
        "a range with host bits",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.21.0.1/16"}]},
        r"clusters\[0\].cidr: '172.21.0.1/16' is refused .*; give a range, 172.21.0.0/16 for instance",
    ),
    (
        "overlap with the bastion",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.20.128.0/20"}]},
        r"clusters \(eu-west-1\): 172.20.128.0/20 overlaps 172.20.0.0/16 of bastion.*choose another range",
    ),
    (
        "overlap of two clusters",
        {"clusters": [{"region": "eu-west-1", "cidr": "172.22.0.0/16"}, {"region": "eu-west-3"}]},
        r"clusters \(eu-west-3\): 172.22.0.0/16 overlaps 172.22.0.0/16 of clusters \(eu-west-1\)",
    ),
    (
        "services over the bastion",
        {"clusters": TWO, "serviceCidr": "172.20.0.0/16"},
        r"serviceCidr: 172.20.0.0/16 overlaps 172.20.0.0/16 of bastion",
    ),
    (
        "public services",
        {"clusters": TWO, "serviceCidr": "8.8.0.0/16"},
        r"serviceCidr: 8.8.0.0/16 is not a range EKS takes for services; give a /12 to /24",
    ),
    (
        "a supernet too small",
        {"clusters": TWO, "supernet": "172.16.0.0/14"},
        r"supernet: 172.16.0.0/14 holds 0 clusters' networks .* number 2 is asked for; set .*10.0.0.0/8",
    ),
    (
        "a fleet too large for the supernet",
        {"clusters": [{"region": "eu-west-1", "number": 12}]},
        r"supernet: 172.16.0.0/12 holds 11 clusters' networks .* number 12 is asked for",
    ),
    (
        "more peerings than the quota",
        {"clusters": TWO, "peering": {"quota": 1}},
        r"peering.quota: bastion's VPC needs 2 active peerings and the quota is 1; .*L-7E9ECCDB, 125 at most",
    ),
    ("a quota that AWS never grants", {"clusters": TWO, "peering": {"quota": 126}}, r"peering.quota: 126 is refused"),
    (
        "an unknown topology",
        {"clusters": TWO, "peering": {"topology": "ring"}},
        r"peering.topology: 'ring' is refused \(Input should be 'hub-and-spoke' or 'full-mesh'\)",
    ),
    ("a type mismatch", {"clusters": TWO, "nodes": {"min": "few"}}, r"nodes.min: 'few' is refused .* integer"),
    ("a section that is text", {"clusters": TWO, "bastion": "t3.micro"}, r"bastion: 't3.micro' is refused"),
    (
        "nodes out of order",
        {"clusters": TWO, "nodes": {"min": 3}},
        r"nodes.min 3, desired 2 and max 4 are out of order; set min <= desired <= max",
    ),
    ("a disk too small", {"clusters": TWO, "nodes": {"diskGib": 1}}, r"nodes.diskGib: 1 is refused"),
    (
        "a public endpoint for nobody",
        {"clusters": TWO, "endpoint": {"access": "public-and-private"}},
        r"endpoint.allowedCidrs is empty and access is public-and-private.*list who may call",
    ),
    (
        "callers of a private endpoint",
        {"clusters": TWO, "endpoint": {"allowedCidrs": ["198.51.100.7/32"]}},
        r"endpoint.allowedCidrs is for a public endpoint and access is private; drop allowedCidrs",
    ),
    (
        "an endpoint open to all",
        {"clusters": TWO, "endpoint": {"access": "public-and-private", "allowedCidrs": ["0.0.0.0/0"]}},
        r"endpoint.allowedCidrs: 0.0.0.0/0 opens the API servers to everyone; list who may call",
    ),
    ("an odd version", {"clusters": TWO, "kubernetesVersion": "latest"}, r"kubernetesVersion: 'latest' is refused"),
    (
        "an image without registry",
        {"clusters": TWO, "kubefed": {"hookImage": "kubectl"}},
        r"kubefed.hookImage: kubectl is not <registry>/<image>:<tag>; name all three",
    ),
    ("tags that are a list", {"clusters": TWO, "tags": ["a"]}, r"tags: \['a'\] is refused"),
]


@pytest.mark.parametrize(("values", "message"), [pytest.param(v, m, id=case) for case, v, m in BAD])
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=r"^federated-eks:" + message.removeprefix("federated-eks:")) as caught:
        parse(values)
    assert "\n" not in str(caught.value)


def test_several_bad_settings_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        parse({"clusters": TWO, "nod": 1, "bastion": {"cidr": "x"}})
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
def test_a_shipped_stack_is_the_article_s_fleet(stack: str) -> None:
    shipped = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key.removeprefix("federated-eks:"): value for key, value in shipped.items()}
    if stack == "dev":
        values["endpoint"]["allowedCidrs"] = ["198.51.100.7/32"]
    fleet = parse(values)
    assert [(c.name, c.region, str(c.cidr)) for c in fleet.plan.clusters] == [
        ("federated-eks-1", "eu-west-1", "172.21.0.0/16"),
        ("federated-eks-2", "eu-west-3", "172.22.0.0/16"),
    ]
    assert fleet.bastion.instance_type == "t3.micro"
    assert len(fleet.plan.links) == 3


def test_pulumi_yaml_declares_just_the_settings_that_there_are_with_the_same_defaults() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    fields = {field.alias or name: field for name, field in Settings.model_fields.items()}
    assert {key.removeprefix("federated-eks:") for key in declared} == set(fields)
    for key, declaration in declared.items():
        assert declaration["description"]
        if not fields[key.removeprefix("federated-eks:")].is_required():
            defaulted = parse({"clusters": TWO, key.removeprefix("federated-eks:"): declaration["default"]})
            assert defaulted == parse({"clusters": TWO})
