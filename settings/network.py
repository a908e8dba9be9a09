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
    """The record of a network's traffic."""

    traffic: Literal["none", "reject", "all"] = "reject"
    """Rejected traffic; all traffic costs much more. With `none`, the existing records are deleted."""
    retention_days: RetentionDays = 90


class Network(Section):
    """A cluster's network. The bastion's network has the fleet's settings."""

    zones: Literal[2, 3] | None = None
    """The availability zones that a network spans; by default all that the account has there, up to three.

    A network keeps its zones as long as it exists, because other subnets replace node groups and Fargate profiles.
    """
    nat: Nat = "one"
    """One NAT gateway for all zones, one in each `zone`, or none. Without any, nodes reach only AWS's own services.

    A change moves the routes to other gateways. Calls from a new address are admitted some minutes later, when EKS
    has changed the ranges that may call an endpoint.
    """
    endpoints: Choice = "auto"
    """Interface endpoints for the services that nodes call: with `auto` if there is no NAT gateway, with `all` always.

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
        """The number of Elastic IPs that the NAT gateways have, with so many zones."""
        return gateway_count(self.nat, zones)

    def services(self, needed: Sequence[str]) -> tuple[str, ...]:
        """The needed services that get an interface endpoint."""
        return endpoints.services(self.endpoints, nat=self.nat != "none", needed=needed)
