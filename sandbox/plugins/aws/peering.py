"""aws:ec2 VpcPeeringConnection, VpcPeeringConnectionAccepter and PeeringConnectionOptions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of
from sandbox.plugins.aws.resource import Api, AwsResource, found, only
from sandbox.plugins.aws.session import AwsError
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.resource import ProviderError
from sandbox.plugins.provider.values import Properties

_GONE = ("InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.NotFound")
_DEAD = ("deleted", "deleting", "expired", "failed", "rejected")
"""States that no connection leaves for life; AWS goes on showing it for hours."""
_DNS = "allowRemoteVpcDnsResolution"
_AWS_DNS = "AllowDnsResolutionFromRemoteVpc"


class _Connection(Ec2Resource):
    """The base of both sides' resources of a connection."""

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The connection as this side sees it."""
        connection = _connection(api)
        if connection is None or connection["Status"]["Code"] in _DEAD:
            return None
        requester, accepter = connection["RequesterVpcInfo"], connection["AccepterVpcInfo"]
        here, there = (requester, accepter) if self.requests else (accepter, requester)
        return {
            "acceptStatus": connection["Status"]["Code"],
            "accepter": _options(accepter),
            "peerOwnerId": there.get("OwnerId", ""),
            "peerRegion": there.get("Region", api.region),
            "peerVpcId": there.get("VpcId", ""),
            "requester": _options(requester),
            "vpcId": here.get("VpcId", ""),
            "tagsAll": tags_of(connection),
        }

    requests: bool
    """Whether this is the requester's side."""


class VpcPeeringConnection(_Connection):
    """A request for a peering, from the requester's side; its options are PeeringConnectionOptions."""

    kind = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
    requests = True
    knows = ("vpcId", "peerVpcId", "peerOwnerId", "peerRegion")
    unread = ("autoAccept",)
    replace_on = knows
    computed = ("peerOwnerId", "peerRegion")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield an acceptance of a peer in another region, which AWS accepts only there."""
        if inputs.get("autoAccept") and "peerRegion" in inputs:
            yield Problem(
                "autoAccept", "cannot be true with peerRegion; accept by a VpcPeeringConnectionAccepter in that region"
            )

    def make(self, api: Api) -> str:
        """Request the connection, check that AWS didn't refuse it, and accept it if autoAccept is set."""
        made = api.ec2(
            "CreateVpcPeeringConnection",
            VpcId=api.get("vpcId"),
            PeerVpcId=api.get("peerVpcId"),
            PeerOwnerId=api.get("peerOwnerId"),
            PeerRegion=api.get("peerRegion"),
            TagSpecifications=specification("vpc-peering-connection", api.tags),
        )
        id = api.created(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
        _reach(api, "pending-acceptance", "active")
        if api.get("autoAccept"):
            _accept(api)
        return id

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Accept it now."""
        if "autoAccept" in changed and api.get("autoAccept"):
            _accept(api)

    def remove(self, api: Api) -> None:
        """Delete the connection, for both sides."""
        try:
            api.ec2("DeleteVpcPeeringConnection", VpcPeeringConnectionId=api.id)
        except AwsError as error:
            if error.code not in (*_GONE, "InvalidStateTransition"):
                raise
        api.wait(
            f"peering {api.id} to be gone", lambda: _status(api) in (None, *_DEAD) and _status(api) != "deleting", 60
        )


class VpcPeeringConnectionAccepter(_Connection):
    """The accepter's side of a peering; it leaves the connection when it goes."""

    kind = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
    requests = False
    knows = ("vpcPeeringConnectionId",)
    unread = ("autoAccept",)
    replace_on = knows

    def make(self, api: Api) -> str:
        """Wait until the request has arrived, tag it, and accept it if autoAccept is set."""
        id = api.id = api.inputs["vpcPeeringConnectionId"]
        _reach(api, "pending-acceptance", "active")
        api.created(id)
        self.change(api, frozenset({"autoAccept"}))
        self.retag(api, [], api.tags)
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """Add which connection it is."""
        outputs = super().describe(api, known)
        return outputs and outputs | {"vpcPeeringConnectionId": api.id}

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Accept it, if it is still pending."""
        if api.get("autoAccept"):
            _accept(api)

    def remove(self, api: Api) -> None:
        """The connection goes with the requester's resource."""


class PeeringConnectionOptions(AwsResource):
    """The options of an active peering, of one side or both. Across regions each side sets its own."""

    kind = "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"
    taggable = False
    knows = ("vpcPeeringConnectionId", "accepter", "requester")
    knows_nested = {"accepter": (_DNS,), "requester": (_DNS,)}
    replace_on = ("vpcPeeringConnectionId",)
    computed = ("accepter", "requester")

    def make(self, api: Api) -> str:
        """Set them, on an active peering."""
        id = api.id = api.inputs["vpcPeeringConnectionId"]
        self._set(api, api.inputs.keys())
        return api.created(id)

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """Return both sides' options, as far as this region sees them."""
        connection = _connection(api)
        if connection is None or connection["Status"]["Code"] in _DEAD:
            return None
        return {
            "vpcPeeringConnectionId": api.id,
            "accepter": _options(connection["AccepterVpcInfo"]),
            "requester": _options(connection["RequesterVpcInfo"]),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Set those of a side that differ; without any there is nothing to set."""
        self._set(api, changed)

    def remove(self, api: Api) -> None:
        """Do nothing, because the options are deleted with the connection."""

    def _set(self, api: Api, sides: Collection[str]) -> None:
        status = _status(api)
        if status != "active":
            raise ProviderError(
                f"options of peering {api.id}: it is {status or 'unknown in ' + api.region}, and AWS sets them on an "
                "active peering only; let them depend on the accepter"
            )
        wanted = {
            side: {_AWS_DNS: bool(api.inputs[side].get(_DNS))}
            for side in ("accepter", "requester")
            if side in sides and api.get(side)
        }
        if not wanted:
            return
        api.ec2(
            "ModifyVpcPeeringConnectionOptions",
            VpcPeeringConnectionId=api.id,
            AccepterPeeringConnectionOptions=wanted.get("accepter"),
            RequesterPeeringConnectionOptions=wanted.get("requester"),
        )
        api.wait(f"options of peering {api.id}", lambda: self._holds(api, wanted), 60)

    def _holds(self, api: Api, wanted: dict[str, dict[str, bool]]) -> bool:
        connection = _connection(api) or {}
        sides = {"accepter": "AccepterVpcInfo", "requester": "RequesterVpcInfo"}
        return all(
            (connection.get(sides[side], {}).get("PeeringOptions") or {}).get(_AWS_DNS, False) == options[_AWS_DNS]
            for side, options in wanted.items()
        )


def _connection(api: Api) -> dict[str, Any] | None:
    answer = found(
        lambda: api.ec2("DescribeVpcPeeringConnections", VpcPeeringConnectionIds=[api.id]),
        *_GONE,
    )
    return only(answer["VpcPeeringConnections"]) if answer else None


def _status(api: Api) -> str | None:
    connection = _connection(api)
    return connection["Status"]["Code"] if connection else None


def _reach(api: Api, *states: str) -> None:
    """Wait for one of the states; a connection that AWS gave up is an error with AWS's reason."""

    def reached() -> bool:
        connection = _connection(api)
        if connection and connection["Status"]["Code"] in _DEAD:
            status = connection["Status"]
            raise api.failed(f"peering {api.id} is {status['Code']}: {status.get('Message', 'AWS gives no reason')}")
        return bool(connection) and connection["Status"]["Code"] in states

    api.wait(f"peering {api.id} to be {' or '.join(states)}", reached, 60)


def _accept(api: Api) -> None:
    if _status(api) == "pending-acceptance":
        api.ec2("AcceptVpcPeeringConnection", VpcPeeringConnectionId=api.id)
    _reach(api, "active")


def _options(side: dict[str, Any]) -> Properties:
    return {_DNS: bool((side.get("PeeringOptions") or {}).get(_AWS_DNS, False))}
