"""The load balancers and volumes that a cluster's own controllers create on AWS, with the same names and tags.

The cloud controller in EKS's control plane creates a classic load balancer for a Service of type LoadBalancer
(kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go and aws_loadbalancer.go). The EBS CSI driver creates a volume
for a claim (kubernetes-sigs/aws-ebs-csi-driver, pkg/driver/constants.go and controller.go). Nothing deletes either
together with the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.elb.models import elb_backends

from sandbox.aws.eks import network
from sandbox.aws.eks.state import Balancer, Cluster
from sandbox.contract import BalancerSpec, ControlPlanes, Grants, VolumeSpec, Wishes

EBS_DRIVER = "aws-ebs-csi-driver"

Due = tuple[str, dict[str, Any]]
"""A move's kind and arguments."""


def due(cluster: Cluster, wishes: Wishes) -> Iterator[Due]:
    """The moves that make the cluster's load balancers and volumes match its objects."""
    for uid, spec in wishes.balancers.items():
        if uid not in cluster.balancers and not spec.leaving:
            yield "balancer-made", {"uid": uid, **_plain(spec)}
    for uid, balancer in cluster.balancers.items():
        spec = wishes.balancers.get(uid)
        if spec and not spec.leaving:
            continue
        if not balancer.leaving:
            yield "balancer-deleted", {"uid": uid}
        elif not _interfaces(cluster, balancer.group):
            yield "balancer-gone", {"uid": uid}
    if cluster.addons.get(EBS_DRIVER, {}).get("status") == "ACTIVE":
        for uid, spec in wishes.volumes.items():
            if uid not in cluster.volumes:
                yield "volume-made", {"uid": uid, **_plain(spec)}
        for uid in sorted(wishes.unwanted & cluster.volumes.keys()):
            yield "volume-deleted", {"uid": uid}


def _plain(spec: BalancerSpec | VolumeSpec) -> dict[str, Any]:
    """The specification in the journal's form, which has lists and no pairs."""
    return {name: [list(pair) for pair in value] if name == "ports" else value for name, value in vars(spec).items()}


def tell(cluster: Cluster, planes: ControlPlanes) -> None:
    """Pass the load balancers and volumes of its objects to the control plane."""
    hosts = {uid: balancer.host for uid, balancer in cluster.balancers.items()}
    planes.grant(cluster.key, Grants(balancers=hosts, volumes=dict(cluster.volumes)))


def make_balancer(cluster: Cluster, move: dict[str, Any]) -> None:
    """Create a classic load balancer in public subnets (in private ones, if it is internal), with its own group."""
    name = f"a{move['uid'].replace('-', '')}"[:32]
    vpc = cluster.shape["resourcesVpcConfig"]["vpcId"]
    service = f"{move['namespace']}/{move['service']}"
    owned = {f"kubernetes.io/cluster/{cluster.key.name}": "owned"}
    ec2, elb = network.ec2(cluster.key), elb_backends[cluster.key.account][cluster.key.region]
    about = f"Security group for Kubernetes ELB {name} ({service})"
    group = ec2.create_security_group(f"k8s-elb-{name}", about, vpc_id=vpc, tags=owned)
    ranges = [{"CidrIp": cidr} for cidr in move["sources"]]
    for port, _ in move["ports"]:
        ec2.authorize_security_group_ingress(group.id, "tcp", str(port), str(port), ranges)
    # The nodes have the cluster's own group, which must admit the load balancer.
    source = {"GroupId": group.id, "UserId": cluster.key.account}
    ec2.authorize_security_group_ingress(_own_group(cluster), "-1", "-1", "-1", [], source_groups=[source])
    ports = [{"Protocol": "TCP", "LoadBalancerPort": port, "InstancePort": node} for port, node in move["ports"]]
    scheme = "internal" if move["internal"] else "internet-facing"
    subnets = _subnets(cluster, vpc, internal=move["internal"])
    created = elb.create_load_balancer(name, [], ports, scheme=scheme, subnets=subnets, security_groups=[group.id])
    for key, value in {"kubernetes.io/service-name": service, **owned}.items():
        created.add_tag(key, value)
    cluster.balancers[move["uid"]] = Balancer(name, created.dns_name, group.id)


def delete_balancer(cluster: Cluster, move: dict[str, Any]) -> None:
    """Delete a load balancer. Its interfaces stay a while, and its security group waits for them."""
    balancer = cluster.balancers[move["uid"]]
    elb_backends[cluster.key.account][cluster.key.region].delete_load_balancer(balancer.name)
    balancer.leaving = True


def forget_balancer(cluster: Cluster, move: dict[str, Any]) -> None:
    """Delete a load balancer's security group, and the rule that names it."""
    balancer = cluster.balancers.pop(move["uid"])
    ec2 = network.ec2(cluster.key)
    source = {"GroupId": balancer.group, "UserId": cluster.key.account}
    _unless_gone(lambda: ec2.revoke_security_group_ingress(_own_group(cluster), "-1", "-1", "-1", [], [source]))
    _unless_gone(lambda: ec2.delete_security_group(group_id=balancer.group))


def make_volume(cluster: Cluster, move: dict[str, Any]) -> None:
    """Create an EBS volume with the driver's tags."""
    ec2, name = network.ec2(cluster.key), f"pvc-{move['uid']}"
    volume = ec2.create_volume(move["gib"], move["zone"], encrypted=move["encrypted"], volume_type=move["type"])
    volume.add_tags(
        {
            "CSIVolumeName": name,
            "KubernetesCluster": cluster.key.name,
            "Name": f"{cluster.key.name}-dynamic-{name}",
            "ebs.csi.aws.com/cluster": "true",
            f"kubernetes.io/cluster/{cluster.key.name}": "owned",
            "kubernetes.io/created-for/pv/name": name,
            "kubernetes.io/created-for/pvc/name": move["claim"],
            "kubernetes.io/created-for/pvc/namespace": move["namespace"],
        }
    )
    cluster.volumes[move["uid"]] = str(volume.id)


def delete_volume(cluster: Cluster, move: dict[str, Any]) -> None:
    """Delete a claim's volume, if it still exists."""
    volume = cluster.volumes.pop(move["uid"])
    _unless_gone(lambda: network.ec2(cluster.key).delete_volume(volume))


MOVES: dict[str, Callable[[Cluster, dict[str, Any]], None]] = {
    "balancer-made": make_balancer,
    "balancer-deleted": delete_balancer,
    "balancer-gone": forget_balancer,
    "volume-made": make_volume,
    "volume-deleted": delete_volume,
}
"""The function of each move."""


def _own_group(cluster: Cluster) -> str:
    return str(cluster.shape["resourcesVpcConfig"]["clusterSecurityGroupId"])


def _interfaces(cluster: Cluster, group: str) -> list[str]:
    enis = network.ec2(cluster.key).enis.values()
    return [interface.id for interface in enis if any(has.id == group for has in interface.group_set)]


def _subnets(cluster: Cluster, vpc: str, *, internal: bool) -> list[str]:
    """A subnet of each zone, preferably with the role's tag, and a public one unless the balancer is internal."""
    role = "kubernetes.io/role/internal-elb" if internal else "kubernetes.io/role/elb"
    found = [subnet for subnet in network.ec2(cluster.key).describe_subnets() if subnet.vpc_id == vpc]
    fit = [subnet for subnet in found if internal or network.public(cluster.key, subnet.id)]
    of_zone: dict[str, Any] = {}
    for subnet in sorted(fit, key=lambda fitting: (role not in {tag["key"] for tag in fitting.get_tags()}, fitting.id)):
        of_zone.setdefault(subnet.availability_zone, subnet)
    return [of_zone[zone].id for zone in sorted(of_zone)]


def _unless_gone(change: Callable[[], Any]) -> None:
    try:
        change()
    except ServiceException:
        return
