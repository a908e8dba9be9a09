"""The DNS name of a federated Service or Ingress, over the clusters that it is placed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
from pulumi import Input, InvokeOptions, Output, ResourceOptions
from pulumi.output import UNKNOWN

from ...ask import ask
from ..engine import Selection
from ..placement import EVERYWHERE, Override, Placement
from ..workloads import FederatedNamespace, FederatedObject, FederatedObjectArgs
from . import balancer, marks, routing
from .health import HealthCheck
from .record_set import RecordSet, RecordSetArgs, Target
from .routing import Latency, Routing
from .waiting import Awaited
from .zone import Zone, check_name, look_up, outside, recorded

TTLS = range(2**31)
"""Seconds (RFC 2181, 8)."""


@dataclass(frozen=True, kw_only=True)
class GlobalNameArgs:
    """A name, what it leads to, and how it chooses."""

    dns_name: str
    """`shop.example.com`, say; in lower case, without a last dot."""
    zone: Input[str]
    """The hosted zone, by id or by name."""
    private: bool = False
    """Whether a zone that is given by name is a private one."""
    service: FederatedObjectArgs
    """A Service of type LoadBalancer, or an Ingress. The name creates it: a record goes before its load balancer.

    Its annotations are those of each cluster's object, whatever the engine does with a template's.
    """
    routing: Routing = field(default_factory=Latency)
    health_check: HealthCheck | None = None
    """The checks of each cluster. None: Route 53 evaluates AWS's load balancers, by their own checks of the nodes."""
    ttl: int = 60
    """Seconds; of CNAME records. An alias has its load balancer's, 60."""

    def __post_init__(self) -> None:
        """Raises ValueError for what can't work, whatever the fleet is."""
        check_name(self.dns_name)
        if problem := balancer.without(self.service.kind, self.service.template):
            raise ValueError(problem)
        if self.health_check and balancer.internal(self.service.template):
            raise ValueError(
                "health_check: Route 53 checks from the internet, and the load balancers are internal; leave it out, "
                "and each load balancer's own checks decide"
            )
        if self.ttl not in TTLS:
            raise ValueError(f"ttl: {self.ttl} is not possible; use {TTLS[0]} to {TTLS[-1]} seconds")


class GlobalName(pulumi.ComponentResource):
    """A federated Service or Ingress, and the Route 53 records that lead to its load balancer in each cluster.

    Created once a record leads to every cluster of the placement. A cluster that leaves the placement loses its record
    before its load balancer. The clusters of a selector are those that it takes during an update.
    """

    dns_name: Output[str]
    """The name, once it leads to every cluster."""

    def __init__(self, name: str, args: GlobalNameArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:GlobalName", name, None, opts)
        self.args = args
        namespace = args.service.namespace
        within = namespace.args.placement if isinstance(namespace, FederatedNamespace) else EVERYWHERE
        clusters = args.service.host.engine.select(args.service.workload, within)
        zone = look_up(args.zone, private=args.private, parent=self)
        # Resources inside of an apply: the clusters are the host's to tell. It tells a preview too, and where it
        # doesn't answer, the update ends and no record is lost.
        self.dns_name = Output.all(clusters, zone).apply(lambda found: self._declare(name, *found))
        self.register_outputs({"dns_name": self.dns_name})

    def _declare(self, name: str, clusters: Selection, zone: Zone) -> Output[str]:
        """The marks, then the object, then the records. Raise RunError."""
        args, service = self.args, self.args.service
        regions = {cluster: clusters.regions[cluster] for cluster in clusters.placed}
        problems = [*filter(None, [outside(args.dns_name, zone)]), *routing.problems(args.routing, regions)]
        if problems:
            raise pulumi.RunError("\n".join(f"GlobalName {name}: {problem}" for problem in problems))
        entries = routing.entries(args.routing, args.dns_name, regions)
        namespace = service.namespace
        set = marks.marks(
            name,
            args.dns_name,
            {cluster: entries[cluster].role if cluster in entries else marks.OUT for cluster in clusters.regions},
            object=f"{service.kind.lower()}-{service.object_name}",
            namespace=service.workload.namespace,
            host=service.host.engine.host,
            deleted_with=namespace.on_host if isinstance(namespace, FederatedNamespace) else None,
            parent=self,
        )
        object = FederatedObject(
            name,
            _placed(service, [*entries], after=[*service.after, *set.values()]),
            ResourceOptions(parent=self),
        )
        records = RecordSet(
            name,
            RecordSetArgs(
                dns_name=args.dns_name,
                zone=zone,
                entries=entries,
                targets={
                    cluster: self._target(object, cluster, zone, entry.dns_name) for cluster, entry in entries.items()
                },
                marks=set,
                health_check=args.health_check,
                ipv6=balancer.dual_stack(service.template),
                ttl=args.ttl,
            ),
            ResourceOptions(parent=self),
        )
        return records.dns_name

    def _target(self, object: FederatedObject, cluster: str, zone: Zone, dns_name: str) -> Output[Target]:
        """A cluster's load balancer, once the object is in the cluster and has one."""
        service = self.args.service

        async def find(namespace: str | None) -> Target:
            awaited = Awaited(
                cluster=cluster,
                object={
                    "apiVersion": balancer.KINDS[service.kind],
                    "kind": service.kind,
                    "metadata": {"name": service.object_name, "namespace": namespace},
                },
                kubeconfig=service.host.engine.host.kubeconfig,
                minutes=service.timeout_minutes,
                obstacle=lambda: service.host.engine.obstacle(service.workload, namespace, cluster),
                recorded=lambda: recorded(zone, dns_name, cluster, parent=self),
            )
            return await self._of_aws(await awaited.hostname())

        placed = Output.all(service.workload.namespace, object.object_name)
        return placed.apply(lambda found: find(found[0]))

    async def _of_aws(self, hostname: Any) -> Target:
        """A load balancer with the zone that AWS documents for its region and family."""
        if hostname is UNKNOWN:
            return hostname
        family = balancer.family(hostname)
        if family is None:
            return Target(hostname=hostname, zone_id=None)
        # From the provider's own table: it takes no rights, and no provider of the load balancer's region.
        arguments = {"region": family.region, "loadBalancerType": family.type}
        found = await ask("aws:lb/getHostedZoneId:getHostedZoneId", arguments, InvokeOptions(parent=self))
        return Target(hostname=hostname, zone_id=found["id"])


def _placed(
    service: FederatedObjectArgs, clusters: Sequence[str], *, after: Sequence[pulumi.Resource]
) -> FederatedObjectArgs:
    """Return the object in these clusters, its annotations as overrides: kubefed drops a template's."""
    annotations, template = balancer.split(service.template)
    overrides = service.overrides
    if annotations:
        own = Override(op="add", path="/metadata/annotations", value=annotations)
        overrides = {**overrides, **{cluster: [own, *overrides.get(cluster, ())] for cluster in clusters}}
    placement = Placement(clusters=clusters)
    return replace(service, template=template, placement=placement, overrides=overrides, after=after)
