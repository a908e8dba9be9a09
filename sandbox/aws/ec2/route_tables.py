"""Route tables' rules: a subnet has one, of its own VPC, and the main table is deleted with its VPC."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from sandbox.aws.ec2.errors import dependency, invalid, refusal
from sandbox.aws.rules import Given, before


@before(EC2Backend, "associate_route_table")
def a_subnet_has_one_route_table(ec2: Any, given: Given) -> None:
    """Raise Resource.AlreadyAssociated for a second table, because moto silently keeps the first."""
    for table in ec2.route_tables.values():
        if table.id != given["route_table_id"] and given["subnet_id"] in table._associations.values():
            raise refusal(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {given['route_table_id']} conflicts with an existing "
                "association",
            )


@before(EC2Backend, "associate_route_table")
def a_table_and_its_subnets_are_in_the_same_vpc(ec2: Any, given: Given) -> None:
    """Raise InvalidParameterValue."""
    table = ec2.get_route_table(given["route_table_id"])
    if given["subnet_id"] and ec2.get_subnet(given["subnet_id"]).vpc_id != table.vpc_id:
        raise invalid(f"Route table {table.id} and subnet {given['subnet_id']} belong to different networks")


@before(EC2Backend, "delete_route_table")
def the_main_table_is_not_deleted(ec2: Any, given: Given) -> None:
    """Raise DependencyViolation."""
    table = ec2.get_route_table(given["route_table_id"])
    if table.main_association_id is not None:
        raise dependency(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
