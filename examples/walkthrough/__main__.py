"""A tour of a fleet: what is declared once on the host, and where it runs."""

import sys
from pathlib import Path

import pulumi
import pulumi_aws as aws

# The fleet's components. A program elsewhere installs them: pip install <this repository>.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from components.federation.host import Host
from components.federation.names import GlobalName, GlobalNameArgs
from components.federation.placement import EVERYWHERE, Placement
from components.federation.workloads import (
    FederatedNamespace,
    FederatedNamespaceArgs,
    FederatedObject,
    FederatedObjectArgs,
    ReplicaScheduling,
    ReplicaSchedulingArgs,
)

NGINX = "public.ecr.aws/nginx/nginx:1.29"
LABELS = {"app": "web"}

fleet = pulumi.StackReference(f"{pulumi.get_organization()}/federated-eks/{pulumi.get_stack()}")
host = Host.by_kubeconfig(fleet.require_output("kubeconfig"), groups={"Prometheus": "monitoring.coreos.com"})
plan = fleet.require_output("plan")
second = plan.apply(lambda plan: plan["clusters"][-1]["name"])
config = pulumi.Config()


def deployment(app: str, replicas: int) -> dict[str, object]:
    """A Deployment's template: `replicas` web servers, labelled with the app's name."""
    labels = {"app": app}
    container = {"name": "nginx", "image": NGINX, "ports": [{"containerPort": 80}]}
    pods = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pods}}


namespace = FederatedNamespace("tour", FederatedNamespaceArgs(host=host, namespace="tour"))
FederatedObject(
    "greeting",
    FederatedObjectArgs(
        host=host,
        kind="ConfigMap",
        object_name="greeting",
        namespace=namespace,
        template={"data": {"text": "Hello from every cluster"}},
    ),
)
FederatedObject(
    "web",
    FederatedObjectArgs(
        host=host,
        kind="Deployment",
        object_name="web",
        namespace=namespace,
        template=deployment("web", replicas=3),
    ),
)
FederatedObject(
    "web-service",
    FederatedObjectArgs(
        host=host,
        kind="Service",
        object_name="web",
        namespace=namespace,
        template={"spec": {"type": "NodePort", "selector": LABELS, "ports": [{"port": 80, "targetPort": 80}]}},
    ),
)
spread = FederatedObject(
    "spread",
    FederatedObjectArgs(
        host=host,
        kind="Deployment",
        object_name="spread",
        namespace=namespace,
        template=deployment("spread", replicas=1),
    ),
)
ReplicaScheduling("spread", ReplicaSchedulingArgs(host=host, workload=spread, total=7))
# The operator that the fleet's manifests put into each cluster starts its pods, where it is placed.
FederatedObject(
    "metrics",
    FederatedObjectArgs(
        host=host,
        kind="Prometheus",
        object_name="metrics",
        namespace=namespace,
        template={"spec": {"replicas": 1}},
        placement=Placement(clusters=[second]),
    ),
)

# A name in a zone of one's own, which leads each caller to the nearest region. `without` takes it out of one.
if zone := config.get("zone"):
    without = config.get("without")
    elsewhere = {"key": "topology.kubernetes.io/region", "operator": "NotIn", "values": [without]}
    GlobalName(
        "entrance",
        GlobalNameArgs(
            dns_name=f"tour.{zone}",
            zone=zone,
            service=FederatedObjectArgs(
                host=host,
                kind="Service",
                object_name="entrance",
                namespace=namespace,
                template={"spec": {"type": "LoadBalancer", "selector": LABELS, "ports": [{"port": 80}]}},
                placement=Placement(selector={"matchExpressions": [elsewhere]}) if without else EVERYWHERE,
            ),
        ),
        pulumi.ResourceOptions(
            providers=[aws.Provider("names", aws.ProviderArgs(region=plan.apply(lambda plan: plan["host"])))]
        ),
    )
