"""Instances' rules: a launch template applies in full."""

from __future__ import annotations

import copy
from fnmatch import fnmatchcase
from typing import Any

from moto.ec2 import utils
from moto.ec2.models import EC2Backend

from sandbox.aws.rules import Given, around, attribute, before


@before(EC2Backend, "run_instances")
def a_launch_template_speaks_for_what_is_not_given(ec2: Any, given: Given) -> None:
    """Metadata options, disks, monitoring and interfaces. moto uses only the type, key, user data and groups."""
    options: dict[str, Any] = given["kwargs"]
    options.setdefault("region_name", ec2.region_name)
    data = _template(ec2, options)
    if data is None:
        return
    if not options.get("metadata_options"):
        options["metadata_options"] = dict(data.get("MetadataOptions", {}))
    if data.get("Monitoring", {}).get("Enabled"):
        options["monitoring_state"] = "enabled"
    if data.get("BlockDeviceMappings") and "block_device_mappings" not in options:
        options["block_device_mappings"] = [_disk(mapping) for mapping in data["BlockDeviceMappings"]]
    if data.get("NetworkInterfaces") and not options.get("nics"):
        options["nics"] = [_interface(spec, options) for spec in copy.deepcopy(data["NetworkInterfaces"])]
        # The first interface's groups are the instance's own. In moto they are only the interface's.
        first = next((spec for spec in options["nics"] if spec["DeviceIndex"] == 0), {})
        if first.get("Groups") and not options.get("security_group_ids"):
            options["security_group_ids"] = first.pop("Groups")


def _template(ec2: Any, options: dict[str, Any]) -> dict[str, Any] | None:
    if not options.get("launch_template"):
        return None
    return dict(ec2._get_template_from_args(options["launch_template"]).data)


def _disk(mapping: dict[str, Any]) -> dict[str, Any]:
    ebs = {"DeleteOnTermination": True, **mapping.get("Ebs", {})}
    return {**mapping, "Ebs": ebs}


def _interface(spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    spec.setdefault("DeviceIndex", 0)
    if options.get("subnet_id"):
        spec["SubnetId"] = options["subnet_id"]
    return spec


@around(EC2Backend, "run_instances")
def an_instance_has_its_templates_profile(proceed: Any, ec2: Any, given: Given) -> Any:
    """The instance profile that the launch template names."""
    data = _template(ec2, given["kwargs"]) or {}
    profile = data.get("IamInstanceProfile", {})
    reservation = proceed(given)
    if profile and not given["kwargs"].get("iam_instance_profile_name"):
        for instance in reservation.instances:
            ec2.associate_iam_instance_profile(
                instance_id=instance.id,
                iam_instance_profile_name=profile.get("Name"),
                iam_instance_profile_arn=profile.get("Arn"),
            )
    return reservation


_passes_others = utils.passes_filter_dict


def _passes(instance: Any, filters: dict[str, list[str]]) -> bool:
    """Whether filters match an instance. moto lacks instance-lifecycle, and wildcards in instance-type."""
    others = dict(filters)
    bought, types = others.pop("instance-lifecycle", None), others.pop("instance-type", None)
    if bought is not None and instance.lifecycle not in bought:
        return False
    if types is not None and not any(fnmatchcase(instance.instance_type, pattern) for pattern in types):
        return False
    return _passes_others(instance, others)


attribute(utils, "passes_filter_dict", _passes)
