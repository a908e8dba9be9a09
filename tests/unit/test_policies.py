"""The policy pack's rules as they are told, and the page that lists them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from google.protobuf import struct_pb2

import wire
from policies.documents import statements
from policies.federation import KARMADA_MEMBER
from policies.inputs import STACK, UNKNOWN, Block, Resource, token
from policies.karmada import POLICY as PROPAGATION
from policies.pack import RULES, rules, version
from policies.page import page
from policies.rule import Context, ResourceRule, Rule, Severity, StackRule, rule
from policies.stack import Stack
from policies.values import read

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_page_that_lists_the_rules_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "write it anew: python -m policies.page docs/policies.md"


def test_a_judge_s_parameter_says_what_its_rule_is_on() -> None:
    def judge_resource(resource: Resource, _: Context) -> Iterator[str]:
        yield resource.name

    def judge_stack(stack: Stack, _: Context) -> Iterator[tuple[Resource, str]]:
        yield from ((resource, resource.name) for resource in stack.of("a"))

    decorate = rule("a-rule", lambda: ("a",), what="Text.", fix="text", sources=("ours",), severity=Severity.LOW)
    assert isinstance(decorate(judge_resource), ResourceRule)
    assert isinstance(decorate(judge_stack), StackRule)


def test_a_module_s_rules_are_collected_in_the_order_of_their_definitions() -> None:
    module = ModuleType("subject")
    module.second, module.other, module.first = RULES[1], "no rule", RULES[0]  # type: ignore[attr-defined]
    assert rules(module) == (RULES[1], RULES[0])


def test_no_two_rules_have_one_id() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_asks_how_to_keep_to_it_and_who_asks_it(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", rule.id)
    assert rule.what.endswith(".") and rule.what.count(". ") == 0, "one sentence"
    assert rule.fix and rule.fix[0].islower() and not rule.fix.endswith("."), "it follows on `;`"
    assert rule.sources and rule.types
    for one in rule.parameters.values():
        assert one.what.endswith(".")


def test_the_pack_s_version_is_the_one_that_the_engine_reads() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())


def test_values_are_read_with_what_is_unknown_and_what_is_secret() -> None:
    sent = struct_pb2.Struct()
    sent.update(
        {
            "number": 3,
            "list": [wire.UNKNOWN, "known"],
            "whole": {wire.SIGNATURE: wire.IS_SECRET, "value": {"part": "x"}},
            "nested": {"part": {wire.SIGNATURE: wire.IS_SECRET, "value": "y"}},
        }
    )
    inputs, secrets = read(sent)
    assert inputs == {"number": 3, "list": [UNKNOWN, "known"], "whole": {"part": "x"}, "nested": {"part": "y"}}
    assert isinstance(inputs["number"], int)
    assert secrets == {"whole", "nested.part"}


@pytest.mark.parametrize(
    ("values", "path", "found"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": {"b": 1}}, "a.c", None),
        ({}, "a.b", None),
        ({"a": UNKNOWN}, "a.b", UNKNOWN),
        ({"a": ["b"]}, "a.b", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_none_or_to_nobody_knows(values: dict[str, Any], path: str, found: Any) -> None:
    assert Block("", values).at(path) is found or Block("", values).at(path) == found


def test_an_unknown_value_is_not_taken_for_a_no() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


def test_a_document_s_exceptions_name_everything_else() -> None:
    text = json.dumps({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "x", "NotPrincipal": "y"}})
    (one,) = statements(text)
    assert (one.actions, one.resources, one.principals) == (("*",), ("*",), (("AWS", "*"),))


def test_a_document_s_conditions_are_told_by_key_whatever_the_operator() -> None:
    condition = {"StringLike": {"aws:SourceArn": ["a", "b"]}, "ArnLike": {"AWS:SourceArn": "c"}}
    (one,) = statements(json.dumps({"Statement": [{"Effect": "Deny", "Condition": condition}]}))
    assert not one.allows
    assert one.conditions == {"aws:sourcearn": ("a", "b", "c")}


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"Statement": "x"}', UNKNOWN, None])
def test_what_is_no_document_has_no_statements(text: Any) -> None:
    assert [*statements(text)] == []


EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OPEN = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
PUBLIC = {"endpointPublicAccess": True, "endpointPrivateAccess": True}
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/A"
REPOSITORY = {"repositoryOpts": {"repo": "https://charts.example.org"}}
MANIFEST = "federated-eks:index:Manifest"


def pods(*images: Any, **more: Any) -> dict[str, Any]:
    """A workload whose pods run these images."""
    return {"spec": {"template": {"spec": {"containers": [{"image": image} for image in images], **more}}}}


CUSTOM = {"custom": {"caKey": "a key"}}
EXTERNAL = {"etcd": {"mode": "external"}}


def expiring(days: int) -> dict[str, Any]:
    """A Secret with certificates that end in so many days."""
    day = datetime.now(timezone.utc).date() + timedelta(days=days)
    return {"metadata": {"annotations": {"federated-eks/expires": day.isoformat()}}}


def balancer(*ranges: str) -> dict[str, Any]:
    """A load balancer of Karmada's API for these callers."""
    spec = {"type": "LoadBalancer", "selector": {"app": "karmada-apiserver"}}
    return {"spec": {**spec, "loadBalancerSourceRanges": [*ranges]}}


def selecting(**selector: Any) -> dict[str, Any]:
    """A policy with one selector."""
    return {"spec": {"resourceSelectors": [selector]}}


FORMS: list[tuple[str, type[pulumi.Resource] | str, dict[str, Any], str]] = [
    ("group-no-open-ingress", aws.ec2.SecurityGroup, {"ingress": [OPEN]}, "it admits 0.0.0.0/0"),
    ("group-no-open-ingress", aws.ec2.DefaultSecurityGroup, {"ingress": [OPEN]}, "it admits 0.0.0.0/0"),
    ("group-no-open-ingress", aws.ec2.SecurityGroupRule, {"type": "ingress", **OPEN}, "it admits 0.0.0.0/0"),
    ("group-no-open-ingress", aws.vpc.SecurityGroupIngressRule, {"cidrIpv6": "::/0"}, "it admits ::/0"),
    ("group-no-open-egress", aws.ec2.SecurityGroup, {"egress": [OPEN]}, "it allows all traffic to 0.0.0.0/0"),
    ("group-no-open-egress", aws.ec2.SecurityGroupRule, {"type": "egress", **OPEN}, "it allows all traffic"),
    ("rights-not-all", aws.iam.Policy, {"policy": EVERYTHING}, "it allows every action on every resource"),
    ("rights-not-all", aws.iam.Role, {"inlinePolicies": [{"policy": EVERYTHING}]}, "it allows every action"),
    ("rights-no-admin-policy", aws.iam.Role, {"managedPolicyArns": [ADMIN]}, f"it has {ADMIN}"),
    ("disk-encrypted", aws.eks.NodeGroup, {}, "it has no launch template"),
    ("disk-encrypted", aws.ec2.LaunchTemplate, {}, "it has no block_device_mappings"),
    ("node-no-ssh", aws.eks.NodeGroup, {"remoteAccess": {"ec2SshKey": "k"}}, "it has remoteAccess"),
    ("instance-hop-limit", aws.ec2.LaunchTemplate, {}, "metadataOptions.httpPutResponseHopLimit is not set"),
    ("cluster-allow-list", aws.eks.Cluster, {"vpcConfig": PUBLIC}, "it is public, and publicAccessCidrs is empty"),
    ("endpoint-policy", aws.ec2.VpcEndpoint, {"policy": "{}"}, ""),
    ("endpoint-policy", aws.ec2.VpcEndpoint, {"serviceName": "com.amazonaws.eu-west-1.eks-auth"}, ""),
    ("endpoint-policy", aws.ec2.VpcEndpoint, {"serviceName": "com.amazonaws.eu-west-1.sts"}, "it has no policy"),
    ("credentials-secret", kubernetes.Provider, {"kubeconfig": "apiVersion: v1"}, "kubeconfig is not secret"),
    (
        "member-verified",
        kubernetes.core.v1.Secret,
        {"spec": {"apiEndpoint": "http://x"}},
        "spec.apiEndpoint is http://x",
    ),
    (
        "kubefed-pinned",
        kubernetes.helm.v3.Release,
        {"chart": "kubefed"},
        "values.controllermanager.controller.tag is not set",
    ),
    ("kubefed-pinned", kubernetes.helm.v3.Release, {"chart": "another"}, ""),
    ("member-verified", KARMADA_MEMBER, {"spec": {"apiEndpoint": "https://x"}}, ""),
    ("member-verified", KARMADA_MEMBER, {"spec": {"apiEndpoint": "http://x"}}, "spec.apiEndpoint is http://x"),
    (
        "member-verified",
        KARMADA_MEMBER,
        {"spec": {"apiEndpoint": "https://x", "insecureSkipTLSVerification": True}},
        "spec.insecureSkipTLSVerification is true",
    ),
    ("karmada-pinned", kubernetes.helm.v3.Release, {"chart": "another"}, ""),
    ("karmada-pinned", kubernetes.helm.v3.Release, {"chart": "charts/karmada"}, "values.cfssl.image.tag is not set"),
    ("karmada-keys-secret", kubernetes.helm.v3.Release, {"chart": "another", "values": {"certs": CUSTOM}}, ""),
    (
        "karmada-keys-secret",
        kubernetes.helm.v3.Release,
        {"chart": "karmada", "values": {"certs": CUSTOM}},
        "values.certs.custom.caKey is not secret",
    ),
    ("karmada-certificates", kubernetes.core.v1.Secret, {"metadata": {"name": "other"}}, ""),
    ("karmada-certificates", kubernetes.core.v1.Secret, expiring(89), ", in 89 days"),
    ("karmada-certificates", kubernetes.core.v1.Secret, expiring(90), ""),
    ("karmada-certificates", kubernetes.core.v1.Secret, expiring(-2), ", in -2 days"),
    (
        "karmada-etcd-volume",
        kubernetes.helm.v3.Release,
        {"chart": "karmada", "values": {}},
        "values.etcd.internal.storageType is not set",
    ),
    (
        "karmada-etcd-volume",
        kubernetes.helm.v3.Release,
        {"chart": "karmada", "values": {"etcd": {"internal": {"storageType": "pvc"}}}},
        "",
    ),
    ("karmada-etcd-volume", kubernetes.helm.v3.Release, {"chart": "karmada", "values": EXTERNAL}, ""),
    ("karmada-etcd-volume", kubernetes.apps.v1.StatefulSet, pods("registry.k8s.io/etcd:3.6.6-0"), "is not set"),
    (
        "karmada-etcd-volume",
        kubernetes.apps.v1.StatefulSet,
        pods("etcd@sha256:0", volumes=[{"name": "data", "hostPath": {"path": "/data"}}]),
        "its volume data is on the node's disk",
    ),
    ("karmada-etcd-volume", kubernetes.apps.v1.StatefulSet, pods("quay.io/team/etcd-browser:1"), ""),
    ("karmada-allow-list", kubernetes.core.v1.Service, balancer(), "spec.loadBalancerSourceRanges is not set"),
    (
        "karmada-allow-list",
        kubernetes.core.v1.Service,
        balancer("10.0.0.0/8", "64.0.0.0/2"),
        "has 64.0.0.0/2, which is wider than /8",
    ),
    ("karmada-allow-list", kubernetes.core.v1.Service, balancer("10.0.0.0/8"), ""),
    (
        "karmada-allow-list",
        kubernetes.core.v1.Service,
        {"spec": {"type": "LoadBalancer", "selector": {"app": "x"}}},
        "",
    ),
    (
        "karmada-allow-list",
        kubernetes.helm.v3.Release,
        {"chart": "karmada", "values": {"apiServer": {"serviceType": "NodePort"}}},
        "values.apiServer.serviceType is NodePort",
    ),
    ("karmada-allow-list", kubernetes.helm.v3.Release, {"chart": "karmada", "values": {}}, ""),
    ("propagation-named", PROPAGATION, selecting(kind="Namespace"), "takes every Namespace"),
    ("propagation-named", PROPAGATION, selecting(kind="Namespace", labelSelector={"matchLabels": {"a": "b"}}), ""),
    ("volume-encrypted", kubernetes.storage.v1.StorageClass, {"provisioner": "efs.csi.aws.com"}, ""),
    ("volume-encrypted", kubernetes.storage.v1.StorageClass, {"provisioner": "ebs.csi.aws.com"}, "is not set"),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "./folder"}, ""),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "web", **REPOSITORY}, "version is not set"),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "web", **REPOSITORY, "version": "^1"}, "version is ^1"),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "web", **REPOSITORY, "version": "v1.2.3-rc.1"}, ""),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "oci://ghcr.io/team/web"}, "version is not set"),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "oci://ghcr.io/team/web", "version": "1.2.3"}, ""),
    (
        "chart-pinned",
        kubernetes.helm.v3.Release,
        {"chart": "web", "version": "1.2.3", "repositoryOpts": {"repo": "http://example.org"}},
        "repositoryOpts.repo is http://example.org",
    ),
    ("chart-pinned", kubernetes.helm.v3.Release, {"chart": "web", "version": UNKNOWN, **REPOSITORY}, ""),
    ("manifest-pinned", MANIFEST, {"source": "./main/latest.yaml"}, ""),
    ("manifest-pinned", MANIFEST, {"source": "https://example.org/v1/install.yaml"}, ""),
    ("manifest-pinned", MANIFEST, {"source": "https://example.org/main/install.yaml"}, "has main"),
    ("manifest-pinned", MANIFEST, {"source": "https://example.org/a.yaml?ref=master"}, "has master"),
    ("manifest-pinned", MANIFEST, {"source": "https://example.org/refs/heads/v1/a.yaml"}, "is of a branch"),
    ("manifest-pinned", MANIFEST, {"source": "http://example.org/v1/a.yaml"}, "is not https"),
    ("manifest-pinned", MANIFEST, {"source": UNKNOWN}, ""),
    ("image-registry", kubernetes.apps.v1.Deployment, pods("docker.io/web:1"), ""),
    (
        "trust-workload",
        aws.iam.Role,
        {
            "assumeRolePolicy": json.dumps(
                {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"},
                            "Action": "sts:AssumeRoleWithWebIdentity",
                            "Condition": {"StringLike": {f"{ISSUER}:sub": "system:serviceaccount:*"}},
                        }
                    ]
                }
            )
        },
        "without a condition on oidc.eks.eu-west-1.amazonaws.com/id/a:sub and oidc.eks",
    ),
    (
        "session-recorded",
        aws.ssm.Document,
        {"documentType": "Command", "permissions": {"account_ids": "All"}},
        "it is shared with everybody",
    ),
    ("record-zone", aws.route53.Record, {"zoneId": "Z2"}, ""),
    ("record-health", aws.route53.Record, {"records": ["192.0.2.1"]}, ""),
    ("record-health", aws.route53.Record, {"weightedRoutingPolicies": [{"weight": 1}]}, "it has no health check"),
    (
        "record-health",
        aws.route53.Record,
        {"weightedRoutingPolicies": [{"weight": 1}], "healthCheckId": "c"},
        "",
    ),
]
"""What the program doesn't make, and a rule holds against it; nothing where it doesn't."""


@pytest.mark.parametrize(("id", "type_", "inputs", "wrong"), FORMS)
def test_a_rule_knows_the_other_forms_of_what_it_judges(
    id: str, type_: type[pulumi.Resource] | str, inputs: dict[str, Any], wrong: str
) -> None:
    (rule,) = (rule for rule in RULES if rule.id == id)
    assert isinstance(rule, ResourceRule)
    context = Context({name: one.default for name, one in rule.parameters.items()})
    found = [*rule.judge(Resource(token(type_), inputs), context)]
    assert any(wrong in text for text in found) if wrong else found == []


def test_what_opens_a_cluster_may_be_secret_whole_or_in_parts() -> None:
    (rule,) = (rule for rule in RULES if rule.id == "credentials-secret")
    assert isinstance(rule, ResourceRule)
    held = Resource(token(kubernetes.core.v1.Secret), {"data": {"token": "dA=="}}, secrets=frozenset({"data"}))
    assert [*rule.judge(held, Context())] == []
    token_ = {"type": "kubernetes.io/service-account-token"}
    filled = Resource(token(kubernetes.core.v1.Secret), token_, secret_outputs=frozenset({"data"}))
    assert [*rule.judge(filled, Context())] == []
    assert [*rule.judge(Resource(token(kubernetes.core.v1.Secret), token_), Context())] != []


@pytest.mark.parametrize("name", ["kubeconfig", "karmadaAdmin"])
def test_an_output_that_signs_in_is_secret(name: str) -> None:
    (rule,) = (rule for rule in RULES if rule.id == "outputs-secret")
    assert isinstance(rule, StackRule)
    plain, held = ({name: "a kubeconfig"}, frozenset[str]()), ({name: "a kubeconfig"}, frozenset({name}))
    stacks = [Stack([Resource(STACK, values, secrets=secrets)]) for values, secrets in (plain, held)]
    found = [[text for _, text in rule.judge(stack, Context())] for stack in stacks]
    assert found == [[f"{name} is not secret"], []]


apps, batch, core, helm = kubernetes.apps.v1, kubernetes.batch.v1, kubernetes.core.v1, kubernetes.helm.v3
OF_A_JOB = {"spec": {"jobTemplate": {"spec": pods("nginx")["spec"]}}}


@pytest.mark.parametrize(
    ("type_", "inputs", "images"),
    [
        (
            apps.Deployment,
            pods("quay.io/team/web:1", "quay.io/team/web@sha256:0", "quay.io/teams/web"),
            ["quay.io/teams/web"],
        ),
        (apps.DaemonSet, pods(initContainers=[{"image": "nginx:1"}]), ["nginx:1"]),
        (apps.StatefulSet, pods("registry.k8s.io:443/pause"), ["registry.k8s.io:443/pause"]),
        (apps.StatefulSet, pods(UNKNOWN), []),
        (apps.StatefulSet, {"spec": UNKNOWN}, []),
        (batch.Job, pods("docker.io/library/nginx", "library/nginx"), ["docker.io/library/nginx", "library/nginx"]),
        (batch.CronJob, OF_A_JOB, ["nginx"]),
        (core.Pod, {"spec": {"containers": [{"image": "nginx"}]}}, ["nginx"]),
        (helm.Release, {"values": {"image": {"repository": "quay.io/team/web", "tag": "1"}}}, []),
        (helm.Release, {"values": {"image": {"registry": "quay.io", "repository": "team/web"}}}, []),
        (helm.Release, {"values": {"job": {"repository": "quay.io/team", "image": "web"}}}, []),
        (helm.Release, {"values": {"sidecars": [{"image": "nginx"}]}}, ["nginx"]),
        (helm.Release, {"values": UNKNOWN}, []),
    ],
)
def test_an_image_is_of_a_listed_registry(type_: Any, inputs: dict[str, Any], images: list[str]) -> None:
    (rule,) = (rule for rule in RULES if rule.id == "image-registry")
    assert isinstance(rule, ResourceRule)
    context = Context({"registries": ["quay.io/team", "registry.k8s.io"]})
    found = [*rule.judge(Resource(token(type_), inputs), context)]
    assert found == [f"its image {image} is from another registry" for image in images]


def test_a_chart_whose_values_name_no_image_runs_its_own() -> None:
    (rule,) = (rule for rule in RULES if rule.id == "image-registry")
    assert isinstance(rule, ResourceRule)
    release = Resource(token(helm.Release), {"values": {"replicas": 2}})
    assert [*rule.judge(release, Context({"registries": ["quay.io"]}))] == [
        "its values name no image, so that the chart's own are run"
    ]
    assert [*rule.judge(release, Context({"registries": []}))] == []
