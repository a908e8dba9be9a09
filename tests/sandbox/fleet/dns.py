"""A hosted zone with a name over the fleet's clusters, and where the name leads."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.fleet.app import objects
from tests.sandbox.fleet.live import Fleet
from tests.sandbox.resolver import Resolver


@dataclass
class Dns:
    """The zone, and what it leads to."""

    fleet: Fleet
    zone: str
    resolver: Resolver
    namespace: str
    """The namespace of the Service `web`, which the name is of."""
    name: str
    regions: Mapping[str, str]
    """By cluster."""
    elb: list[Any]
    """A client for each region."""
    dangling: list[str] = field(default_factory=list[str])
    """Load balancers that had gone while a record led to them."""

    def records(self) -> dict[str, str]:
        """The hostnames by set identifier, of records that lead to load balancers."""
        found = self.resolver.route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        return {
            record["SetIdentifier"]: record["AliasTarget"]["DNSName"].rstrip(".")
            for record in found
            if "elb.amazonaws.com" in record.get("AliasTarget", {}).get("DNSName", "")
        }

    def balancers(self) -> set[str]:
        """The names of all regions' load balancers."""
        listed = [client.describe_load_balancers() for client in self.elb]
        return {balancer["DNSName"] for page in listed for balancer in page["LoadBalancerDescriptions"]}

    def hostname(self, cluster: str) -> str:
        """The load balancer that a cluster's Service has, by its own status; empty without one."""
        service = objects(self.fleet, cluster, "services", self.namespace).get("web") or {}
        ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        return str(ingress[0].get("hostname", ""))

    def leads(self) -> dict[str, str]:
        """The cluster that a caller in each cluster's region is led to, by the cluster that is nearest."""
        of = {host: cluster for cluster, host in self.records().items()}
        return {near: of.get(self.resolver.answer(self.name, region), "") for near, region in self.regions.items()}

    @contextmanager
    def watched(self) -> Generator[None]:
        """Look all the while whether a record leads to a load balancer that has gone."""
        stop = threading.Event()

        def look() -> None:
            seen = self.balancers()
            while not stop.wait(0.1):
                # A load balancer that was seen and has gone before the records are read.
                existing = self.balancers()
                gone = seen - existing
                self.dangling += [host for host in self.records().values() if host in gone]
                seen |= existing

        watching = threading.Thread(target=look)
        watching.start()
        try:
            yield
        finally:
            stop.set()
            watching.join()


@contextmanager
def zone(fleet: Fleet, namespace: str, name: str, regions: Mapping[str, str]) -> Generator[Dns, None, None]:
    """The zone `example.org` for a name in it; deleted at the end, when it has to be empty."""
    route53 = fleet.boto("route53", "us-east-1")
    made = route53.create_hosted_zone(Name="example.org", CallerReference=namespace)["HostedZone"]["Id"]
    id = made.rpartition("/")[2]
    elb = [fleet.boto("elb", region) for region in regions.values()]
    yield Dns(fleet, id, Resolver(route53, id), namespace, name, regions, elb)
    route53.delete_hosted_zone(Id=id)
