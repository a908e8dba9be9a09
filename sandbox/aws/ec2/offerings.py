"""Instance types: a region has those that AWS offers there.

moto carries AWS's answers of thirty regions. A newer region, of which it knows nothing, is taken to have every type.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from moto.ec2.exceptions import InvalidInstanceTypeError
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from sandbox.aws.rules import Given, around, before


@cache
def offered(region: str) -> frozenset[str]:
    """The instance types that a region has."""
    known = INSTANCE_TYPE_OFFERINGS["region"].get(region)
    return frozenset(INSTANCE_TYPES) & {one["InstanceType"] for one in known} if known else frozenset(INSTANCE_TYPES)


@before(EC2Backend, "describe_instance_types")
def those_named_are_offered_in_the_region(ec2: Any, given: Given) -> None:
    """InvalidInstanceType; moto shows every type everywhere."""
    missing = set(given["instance_types"] or ()) - offered(ec2.region_name)
    if missing:
        raise InvalidInstanceTypeError(missing, error_type="InvalidInstanceType")


@around(EC2Backend, "describe_instance_types")
def only_the_regions_own_are_listed(go_on: Any, ec2: Any, given: Given) -> Any:
    """As above, for a list of all."""
    return [one for one in go_on(given) if one["InstanceType"] in offered(ec2.region_name)]


@around(EC2Backend, "matches_filters")
def offerings_are_found_by_wildcards(go_on: Any, _: Any, given: Given) -> bool:
    """`c5*` in the filter `instance-type`; moto compares to the letter (DescribeInstanceTypeOfferings, Filters)."""
    filters = dict(given["filters"])
    wanted = filters.pop("instance-type", None)
    if wanted is not None and not any(fnmatchcase(given["offering"]["InstanceType"], one) for one in wanted):
        return False
    return bool(go_on({**given, "filters": filters}))
