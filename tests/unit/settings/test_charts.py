"""Settings of charts and manifests: which cluster gets which, and in which order."""

from typing import Any

import pytest

from components.cluster import PodIdentityArgs
from settings import software
from tests.unit.settings.parse import (
    TWO,
    Invalid,
    check_message,
    check_nothing_registered,
    parse,
    with_messages,
    without_messages,
)

pytestmark = pytest.mark.unit

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
WEB = {
    "name": "web",
    "chart": "web",
    "repository": "https://charts.example.org",
    "version": "1.2.3",
    "namespace": "web",
}
URL = "https://example.org/releases/v1.2.3/install.yaml"
ARN = "arn:aws:iam::123456789012"


def charts(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Settings with a chart for each of these changes of WEB; None takes a key out."""
    listed = [{**WEB, **({"name": f"web-{index}"} if index else {}), **one} for index, one in enumerate(changes)]
    whole = [{key: value for key, value in one.items() if value is not None} for one in listed]
    return {"clusters": TWO, "charts": whole, **more}


def manifests(*listed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"clusters": TWO, "manifests": [*listed], **more}


BAD: list[Invalid] = [
    ("charts that are text", {"clusters": TWO, "charts": "web"}, r"charts: web is not a list; write a list, \[...\]$"),
    (
        "a chart's key that isn't known",
        charts({"value": {}}),
        r"charts\[0\].value: is not a setting; did you mean values\?$",
    ),
    ("a chart without a name", charts({"name": None}), r"charts\[0\].name: is not set; set it$"),
    (
        "a name that is no release's",
        charts({"name": "Web"}),
        r"charts\[0\].name: Web can't be an entry's name, .*; use 1 to 53 lower-case letters, digits and hyphens",
    ),
    ("a name that is too long", charts({"name": "a" * 54}), r"charts\[0\].name: a+ can't be an entry's name"),
    (
        "one name twice",
        charts({}, {"name": "web"}),
        r"charts\[1\].name: web is the name of charts\[0\] too; give each entry its own$",
    ),
    (
        "a chart's name on a manifest",
        charts({}, manifests=[{"name": "web", "url": URL}]),
        r"manifests\[0\].name: web is the name of charts\[0\] too; give each entry its own$",
    ),
    (
        "a repository over http",
        charts({"repository": "http://charts.example.org"}),
        r"charts\[0\].repository: http://charts.example.org is not https, so that anybody in between .*; give an https",
    ),
    (
        "a repository that is none",
        charts({"repository": "charts.example.org"}),
        r"charts\[0\].repository: charts.example.org is no chart repository; give one that begins with https:// or oci",
    ),
    (
        "a chart without a repository",
        charts({"repository": None}),
        r"charts\[0\].repository: is not set, and web is no folder; set the .* URL, or write the folder as ./web$",
    ),
    (
        "a chart without a version",
        charts({"version": None}),
        r"charts\[0\].version: is not set for web; pin one, 1.16.2 for instance$",
    ),
    *(
        (
            f"the version {version}",
            charts({"version": version}),
            rf"charts\[0\].version: {form} is no exact version; pin one, 1.16.2 for instance, so that an update",
        )
        for version, form in (("latest", "latest"), ("^1.2.3", r"\^1.2.3"), ("1.2", "1.2"), (">=1.0.0", ">=1.0.0"))
    ),
    ("a version that is a number", charts({"version": 1.2}), r"charts\[0\].version: 1.2 is a number and no text"),
    (
        "a registry within the chart",
        charts({"chart": "oci://ghcr.io/team/web", "repository": None}),
        r"charts\[0\].chart: oci://ghcr.io/team/web has its registry in it; set repository: oci://ghcr.io/team, and ch",
    ),
    (
        "a folder with a repository",
        charts({"chart": "./web"}),
        r"charts\[0\].repository: https://.* is for a chart in a repository, and ./web is a folder; drop repository",
    ),
    (
        "a folder with a version",
        charts({"chart": "./web", "repository": None}),
        r"charts\[0\].version: 1.2.3 is for a chart in a repository, and ./web is a folder; drop version",
    ),
    ("a namespace that is none", charts({"namespace": "Web"}), r"charts\[0\].namespace: Web can't be a namespace; use"),
    (
        "clusters and labels",
        charts({"clusters": [FIRST], "labels": {"tier": "gold"}}),
        r"charts\[0\].clusters and labels are both set for web; name the clusters, or select them by labels$",
    ),
    (
        "no clusters",
        charts({"clusters": []}),
        r"charts\[0\].clusters is empty, so web goes nowhere; leave it out to choose every cluster$",
    ),
    (
        "a cluster that there isn't",
        charts({"clusters": ["federated-eks-3"]}),
        r"charts\[0\].clusters: federated-eks-3 is no cluster of the fleet; did you mean federated-eks-\d\?$",
    ),
    (
        "a region for a cluster",
        charts({"clusters": ["eu-west-3"]}),
        rf"charts\[0\].clusters: eu-west-3 is no cluster of the fleet; did you mean {SECOND}\?$",
    ),
    (
        "a cluster twice",
        charts({"clusters": [FIRST, FIRST]}),
        rf"charts\[0\].clusters: {FIRST} is listed 2 times; list it once$",
    ),
    (
        "labels that no cluster has",
        charts({"labels": {"tier": "gold"}}),
        r"charts\[0\].labels: tier: gold selects no cluster, so web goes nowhere; give a cluster these labels, select",
    ),
    (
        "values of a cluster that there isn't",
        charts({"valuesByCluster": {"frankfurt": {}}}),
        rf"charts\[0\].valuesByCluster: frankfurt is no cluster of the fleet; use {FIRST}, {SECOND}$",
    ),
    (
        "values of a cluster that the chart doesn't go into",
        charts({"clusters": [FIRST], "valuesByCluster": {SECOND: {}}}),
        rf"charts\[0\].valuesByCluster: {SECOND} has values, but web does not go there; drop them, or let",
    ),
    (
        "an entry after itself",
        charts({"after": ["web"]}),
        r"charts\[0\].after: web is the entry itself; name others, or leave it out$",
    ),
    (
        "an entry after one that there isn't",
        charts({"after": ["web-2"]}, {}),
        r"charts\[0\].after: web-2 is no entry of charts or manifests; did you mean web-1\?$",
    ),
    (
        "entries in a circle",
        charts({"after": ["web-1"]}, {"after": ["web-2"]}, {"after": ["web"]}),
        r"charts and manifests: web(-\d)? after web(-\d)? after web(-\d)? after web(-\d)? is a circle; take one after",
    ),
    (
        "an entry after one that goes elsewhere",
        charts({"after": ["web-1"]}, {"clusters": [FIRST]}),
        rf"charts\[0\].after: web-1 does not go into {SECOND}, where web does; let both go there, or leave it out$",
    ),
    (
        "CRDs that go",
        charts({"crds": "remove"}),
        r"charts\[0\].crds: remove is not one of keep, delete; use one of them$",
    ),
    (
        "a role without rights",
        charts({"role": {"serviceAccount": "web"}}),
        r"charts\[0\].role.roleArn is not set, nor policies or statements, for web; set roleArn for a role of your own",
    ),
    (
        "a role of one's own with rights",
        charts({"role": {"serviceAccount": "web", "roleArn": f"{ARN}:role/W", "policies": [f"{ARN}:policy/W"]}}),
        r"charts\[0\].role.roleArn is set beside policies or statements for web; set roleArn for a role of your own",
    ),
    (
        "a statement of everything",
        charts({"role": {"serviceAccount": "web", "statements": [{"actions": ["s3:*"], "resources": ["*"]}]}}),
        r"charts\[0\].role.statements\[0\].actions\[0\]: s3:\* allows all of a service; name the operations that the",
    ),
    (
        "a statement of nothing",
        charts({"role": {"serviceAccount": "web", "statements": [{"actions": [], "resources": ["*"]}]}}),
        r"charts\[0\].role.statements\[0\].actions is empty, so the statement allows nothing; list some, or drop",
    ),
    (
        "two roles of a service account",
        charts(
            {"role": {"serviceAccount": "web", "roleArn": f"{ARN}:role/W"}},
            access={"podIdentities": [{"namespace": "web", "serviceAccount": "web", "roleArn": f"{ARN}:role/W"}]},
        ),
        r"charts\[0\].role.serviceAccount: web/web has a role by access.podIdentities, and EKS takes one",
    ),
    (
        "a role of another partition",
        charts({"role": {"serviceAccount": "web", "roleArn": "arn:aws-cn:iam::123456789012:role/W"}}),
        r"charts\[0\].role: arn:aws-cn:.* is of the partition aws-cn, and the fleet is in aws; name one of aws$",
    ),
    (
        "a manifest of nothing",
        manifests({"name": "web"}),
        r"manifests\[0\].file and url are not set for web; set the file, or the URL$",
    ),
    (
        "a manifest of both",
        manifests({"name": "web", "file": "a.yaml", "url": URL}),
        r"manifests\[0\].file and url are both set for web; set the file, or the URL$",
    ),
    (
        "a file that is a URL",
        manifests({"name": "web", "file": URL}),
        r"manifests\[0\].file: https://.* is a URL; set url$",
    ),
    (
        "a URL over http",
        manifests({"name": "web", "url": "http://example.org/a.yaml"}),
        r"manifests\[0\].url: http://example.org/a.yaml is not https, so that anybody in between",
    ),
    *(
        (
            f"a URL with {part}",
            manifests({"name": "web", "url": f"https://example.org/{part}/install.yaml"}),
            rf"manifests\[0\].url: https://.* is not pinned, because {part} can change at any time; give the URL of a",
        )
        for part in ("main", "master", "HEAD", "latest")
    ),
    (
        "a URL that is none",
        manifests({"name": "web", "url": "install.yaml"}),
        r"manifests\[0\].url: install.yaml is no URL of a manifest; give one that begins with https://, or set file$",
    ),
]


@with_messages(BAD)
def test_a_bad_setting_is_told_key_value_rule_and_fix(values: dict[str, Any], message: str) -> None:
    check_message(values, message)


@without_messages(BAD)
def test_a_bad_setting_ends_the_program_before_it_makes_anything(values: dict[str, Any]) -> None:
    check_nothing_registered(values)


def test_an_entry_goes_into_every_cluster_or_the_named_or_the_selected() -> None:
    clusters = [{"region": "eu-west-1"}, {"region": "eu-west-3", "labels": {"tier": "gold"}}]
    settings = parse(
        {
            **charts(
                {}, {"clusters": [SECOND]}, {"labels": {"tier": "gold", "topology.kubernetes.io/region": "eu-west-3"}}
            ),
            "clusters": clusters,
        }
    )
    found = [software.clusters_of(settings, settings.plan, entry) for entry in software.entries(settings).values()]
    assert found == [[FIRST, SECOND], [SECOND], [SECOND]]


def test_a_chart_s_role_is_a_pod_identity_of_the_clusters_that_it_goes_into() -> None:
    statement = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"], "condition": {"Bool": {"a": "true"}}}
    role = {"serviceAccount": "reader", "policies": [f"{ARN}:policy/W"], "statements": [statement]}
    settings = parse(charts({"role": role, "clusters": [SECOND]}))
    first, second = settings.plan.clusters
    assert settings.pods_of(first) == []
    document = {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::b/*"],
        "Condition": {"Bool": {"a": "true"}},
    }
    assert settings.pods_of(second) == [
        (
            "charts[0].role",
            PodIdentityArgs(
                namespace="web", service_account="reader", policies=(f"{ARN}:policy/W",), statements=[document]
            ),
        )
    ]
