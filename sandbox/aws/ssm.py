"""Systems Manager's public parameters for EKS's images, which moto doesn't have."""

from __future__ import annotations

from typing import Any

from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from sandbox.aws import clock
from sandbox.aws.eks import images
from sandbox.aws.rules import Given, around


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
