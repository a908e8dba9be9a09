"""The clusters' networks: their ways out, and the record of their traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import model_validator

from components.network import endpoints
from components.network.endpoints import Choice
from components.network.nat import Nat, gateway_count
from settings.base import RetentionDays, Section


class FlowLogs(Section):
    """What is recorded of a network's traffic."""

    traffic: Literal["none", "reject", "all"] = "reject"
    """What was turned away; all records cost much more. With none, those that were kept go too."""
    retention_days: RetentionDays = 90


class Network(Section):
    """A cluster's network; the bastion's is as the fleet's."""

    zones: Literal[2, 3] | None = None
    """The availability zones that a network spans; by default as many as the account has there, up to three.

    A network keeps its zones as long as it exists: in other subnets, node groups and Fargate profiles would be others.
    """
    nat: Nat = "one"
    """One NAT gateway for all zones, one in each `zone`, or none: then only AWS's own services are reached.

    A change takes the routes over to other gateways, and whoever calls from a new address is admitted some minutes
    later, as EKS changes who may call an endpoint.
    """
    endpoints: Choice = "auto"
    """Interface endpoints for what nodes call: with `auto` where there is no NAT gateway, with `all` always.

    They cost about 7 dollars a month for each of nine services in each zone, more than NAT gateways do. S3
    has a gateway endpoint, which is free, in any case.
    """
    flow_logs: FlowLogs = FlowLogs()
    """The record of the network's traffic."""

    @model_validator(mode="after")
    def _lead_out(self) -> Network:
        if self.nat == "none" and self.endpoints == "gateway-only":
            raise ValueError(
                "endpoints: gateway-only leaves nodes without a NAT gateway no way to EKS, their images and their "
                "roles; set endpoints: auto, or nat: one"
            )
        return self

    def addresses(self, zones: int) -> int:
        """The count of Elastic IPs that its NAT gateways in so many zones have."""
        return gateway_count(self.nat, zones)

    def services(self, needed: Sequence[str]) -> tuple[str, ...]:
        """Those of the services needed that get an interface endpoint."""
        return endpoints.services(self.endpoints, nat=self.nat != "none", needed=needed)
