"""What people run on a fleet that has something in AWS: a Service with a load balancer, a claim with a volume."""

from __future__ import annotations

import sys
from typing import Any

from tests.sandbox.checkout import Result
from tests.sandbox.fleet.app import eventually
from tests.sandbox.fleet.live import Fleet

SHOP = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "postgres:17", volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], storageClassName: gp3, resources: {requests: {storage: 10Gi}}}
"""
"""A database with a volume behind a load balancer."""

REGIONS = ("eu-west-1", "eu-west-3")


def use(fleet: Fleet, cluster: str) -> None:
    """Run the shop on a cluster, and wait until it has its load balancer and its volume."""
    file = fleet.checkout.project / "shop.yaml"
    file.write_text(SHOP)
    fleet.kubectl(cluster, "apply", "-f", str(file))
    ingress = ("get", "service", "web", "-o", "jsonpath={.status.loadBalancer.ingress[0].hostname}")
    eventually(lambda: fleet.kubectl(cluster, *ingress).stdout.strip().endswith(".elb.amazonaws.com"), True)
    phase = ("get", "pvc", "data-db-0", "-o", "jsonpath={.status.phase}")
    eventually(lambda: fleet.kubectl(cluster, *phase, check=False).stdout.strip(), "Bound")


def leftovers(fleet: Fleet, *arguments: str, check: bool = True) -> Result:
    """`python -m ops leftovers --stack sandbox ...`."""
    argv = [sys.executable, "-m", "ops", "leftovers", "--stack", "sandbox", *arguments]
    return fleet.checkout.run(*argv, check=check, timeout=400)


def balancers(fleet: Fleet) -> dict[str, Any]:
    """The classic load balancers of both regions, by name."""
    found: dict[str, Any] = {}
    for region in REGIONS:
        told = fleet.boto("elb", region).describe_load_balancers()["LoadBalancerDescriptions"]
        found |= {one["LoadBalancerName"]: one for one in told}
    return found


def volumes(fleet: Fleet) -> list[str]:
    """The EBS volumes of both regions that claims asked for."""
    return [
        volume["VolumeId"]
        for region in REGIONS
        for volume in fleet.boto("ec2", region).describe_volumes()["Volumes"]
        if any(tag["Key"] == "CSIVolumeName" for tag in volume.get("Tags", []))
    ]


LAST_LOGS = ["/aws/eks/federated-eks-3/cluster"]
"""The log group of a third cluster that has left, which EKS writes again, and of which the stack knows no more."""


def log_groups(fleet: Fleet) -> list[str]:
    """The names of the log groups in the third cluster's region."""
    return [group["logGroupName"] for group in fleet.boto("logs", "us-east-1").describe_log_groups()["logGroups"]]
