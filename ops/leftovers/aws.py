"""Calls of AWS's APIs, by the AWS CLI."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

from ops.errors import UserError, not_on_path

Call = Callable[..., Any]
"""Calls an operation: `call("ec2", "describe-volumes", region, Filters=[...])` returns its response."""

ACTIONS = {
    "describe": (
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumes",
        "eks:DescribeCluster",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroups",
        "logs:DescribeLogGroups",
    ),
    "delete": (
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSnapshot",
        "ec2:DeleteVolume",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticloadbalancing:DeleteTargetGroup",
        "logs:DeleteLogGroup",
    ),
}
"""The IAM actions that a list takes, and those that `--delete` takes besides; a test compares them with the calls."""

ERROR = re.compile(r"An error occurred \((?P<code>[\w.]+)\).*?: (?P<message>.*)", re.DOTALL)


class AwsError(Exception):
    """An error that AWS answered."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code

    @property
    def gone(self) -> bool:
        """Whether the thing that the call names doesn't exist (any more)."""
        return "NotFound" in self.code


def call(service: str, operation: str, region: str, **parameters: Any) -> Any:
    """Return an operation's response, every page of it. Raise AwsError, or UserError if it can't be called at all."""
    argv = ["aws", service, operation, "--region", region, "--output", "json"]
    argv += ["--cli-input-json", json.dumps(parameters)] if parameters else []
    try:
        process = subprocess.run(argv, env={**os.environ, "AWS_PAGER": ""}, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path("aws", "the AWS CLI") from None
    if not process.returncode:
        return json.loads(process.stdout) if process.stdout.strip() else {}
    said = " ".join(process.stderr.split()) or f"it ended with exit code {process.returncode}"
    if error := ERROR.search(said):
        raise AwsError(error["code"], error["message"])
    raise UserError(f"aws {service} {operation} in {region}: {said}; sign in to the fleet's account")
