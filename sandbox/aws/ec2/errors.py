"""EC2's errors that moto has no class for."""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError


def refusal(code: str, message: str) -> EC2ClientError:
    """An EC2 error; codes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    return EC2ClientError(code, message)


def dependency(message: str) -> EC2ClientError:
    """The error for a deletion of something that is still in use."""
    return refusal("DependencyViolation", message)


def invalid(message: str) -> EC2ClientError:
    """The error for a wrong value."""
    return refusal("InvalidParameterValue", message)
