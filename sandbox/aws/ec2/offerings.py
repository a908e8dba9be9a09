"""Instance types' rules: a region has only those that AWS offers there.

moto has AWS's responses of thirty regions. A newer, unknown region has every type.
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
    """The instance types of a region."""
    known = INSTANCE_TYPE_OFFERINGS["region"].get(region)
    return (
        frozenset(INSTANCE_TYPES) & {offering["InstanceType"] for offering in known}
        if known
        else frozenset(INSTANCE_TYPES)
    )


@before(EC2Backend, "describe_instance_types")
def described_types_are_offered_in_the_region(ec2: Any, given: Given) -> None:
    """Raise InvalidInstanceType, because moto shows every type everywhere."""
    missing = set(given["instance_types"] or ()) - offered(ec2.region_name)
    if missing:
        raise InvalidInstanceTypeError(missing, error_type="InvalidInstanceType")


@around(EC2Backend, "describe_instance_types")
def only_the_region_s_types_are_listed(proceed: Any, ec2: Any, given: Given) -> Any:
    """A list of all types has only the region's."""
    return [type_ for type_ in proceed(given) if type_["InstanceType"] in offered(ec2.region_name)]


@around(EC2Backend, "matches_filters")
def offerings_are_found_by_wildcards(proceed: Any, _: Any, given: Given) -> bool:
    """The filter `instance-type` takes `c5*`. moto knows no wildcards (DescribeInstanceTypeOfferings, Filters)."""
    filters = dict(given["filters"])
    patterns = filters.pop("instance-type", None)
    if patterns is not None and not any(
        fnmatchcase(given["offering"]["InstanceType"], pattern) for pattern in patterns
    ):
        return False
    return bool(proceed({**given, "filters": filters}))
