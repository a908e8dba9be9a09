"""Systems Manager's public parameters for EKS's images, and the size of a parameter, which moto doesn't have."""

from __future__ import annotations

from typing import Any

from moto.ssm.exceptions import ValidationException
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from sandbox.aws import clock
from sandbox.aws.eks import images
from sandbox.aws.rules import Given, around, before

LARGEST = 4096
"""Bytes of a standard parameter's value (AWS General Reference, Systems Manager quotas)."""


@around(SimpleSystemManagerBackend, "__init__")
def the_images_of_eks_are_there(go_on: Any, ssm: Any, given: Given) -> None:
    """`/aws/service/eks/optimized-ami/…` and Bottlerocket's, for the versions that EKS offers here."""
    go_on(given)
    for name, value in images.parameters(ssm.region_name).items():
        parameter = Parameter(
            account_id=ssm.account_id,
            name=name,
            value=value,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=clock.now().timestamp(),
            version=1,
            data_type="text",
        )
        ssm._parameters[name].append(parameter)


@before(SimpleSystemManagerBackend, "put_parameter")
def a_standard_parameter_is_of_limited_size(ssm: Any, given: Given) -> None:
    """ValidationException; an advanced one may have twice as much, for money."""
    if given.get("tier") in (None, "Standard") and len((given.get("value") or "").encode()) > LARGEST:
        raise ValidationException(
            f"Standard tier parameters support a maximum parameter value of {LARGEST} characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
