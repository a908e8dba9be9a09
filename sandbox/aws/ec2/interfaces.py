"""Network interfaces' rules: EC2 deletes those of an instance with it, and releases their addresses."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance

from sandbox.aws.ec2.errors import invalid, refusal
from sandbox.aws.rules import Given, around, before


@before(Instance, "prep_nics")
def an_instance_s_interface_is_deleted_with_it(_: Any, given: Given) -> None:
    """DeleteOnTermination is true by default for interfaces of a launch. moto leaves them behind."""
    specs = [dict(spec) for spec in given["nic_spec"]] or [{"DeviceIndex": 0}]
    for spec in specs:
        if not spec.get("NetworkInterfaceId"):
            spec.setdefault("DeleteOnTermination", True)
    given["nic_spec"] = specs


@before(EC2Backend, "delete_network_interface")
def an_attached_interface_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue for an interface that is attached to a running instance."""
    interface = ec2.enis.get(given["eni_id"])
    if interface and interface.instance and interface.instance.state != "terminated" and not _ending(interface):
        raise invalid(f"Network interface '{interface.id}' is currently in use.")
    if interface and interface.requester_managed and interface.status == "in-use":
        raise refusal("OperationNotPermitted", f"You do not have permission to manage interface '{interface.id}'.")


def _ending(interface: Any) -> bool:
    return bool(getattr(interface, "ending", False))


@around(Instance, "terminate")
def a_terminated_instance_releases_its_interfaces(proceed: Any, instance: Any, given: Given) -> Any:
    """The interfaces are deleted or free, and their addresses can be used again."""
    for interface in instance.nics.values():
        interface.ending = True
        _release_address(instance.ec2_backend, interface)
    result = proceed(given)
    for interface in list(instance.nics.values()):
        if interface.id in instance.ec2_backend.enis:
            instance.detach_eni(interface)
            interface.ending = False
    return result


def _release_address(ec2: Any, interface: Any) -> None:
    for address in ec2.addresses:
        if address.eni is interface:
            ec2.disassociate_address(address=address.public_ip)


@before(EC2Backend, "create_network_interface")
def security_groups_exist(ec2: Any, given: Given) -> None:
    """Raise InvalidGroup.NotFound, because moto would create a group of that id."""
    for group_id in given["group_ids"] or []:
        if ec2.get_security_group_from_id(group_id) is None:
            raise refusal("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")


def remove(ec2: Any, interface: Any) -> None:
    """Delete an interface of a service's own, which only that service may do."""
    if ec2.enis.pop(interface.id, None):
        for address in interface.private_ip_addresses:
            interface.subnet.del_subnet_ip(address["PrivateIpAddress"])


def in_subnet(ec2: Any, subnet_id: str) -> list[Any]:
    """The interfaces in a subnet."""
    return [interface for interface in ec2.enis.values() if interface.subnet.id == subnet_id]


def in_vpc(ec2: Any, vpc_id: str) -> list[Any]:
    """The interfaces in a VPC."""
    return [interface for interface in ec2.enis.values() if interface.subnet.vpc_id == vpc_id]
