"""Systems Manager's public parameters for EKS's images, and the limit of a parameter's size, which moto lacks."""

from __future__ import annotations

from typing import Any

from moto.ssm.exceptions import ValidationException
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from sandbox.aws import clock
from sandbox.aws.eks import images
from sandbox.aws.rules import Given, around, before

LARGEST = 4096
"""The most bytes of a standard parameter's value (AWS General Reference, Systems Manager quotas)."""


@around(SimpleSystemManagerBackend, "__init__")
def eks_images_have_parameters(proceed: Any, ssm: Any, given: Given) -> None:
    """`/aws/service/eks/optimized-ami/…` and Bottlerocket's, for the versions that EKS offers here."""
    proceed(given)
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
    """Raise ValidationException. An advanced parameter may be twice as long, for a charge."""
    if given.get("tier") in (None, "Standard") and len((given.get("value") or "").encode()) > LARGEST:
        raise ValidationException(
            f"Standard tier parameters support a maximum parameter value of {LARGEST} characters. To create a larger "
            "parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
