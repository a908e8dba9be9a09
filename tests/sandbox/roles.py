"""The documented roles in a sandbox: each has the documents of `python -m ops permissions`, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ops.permissions.documents import documents, of_role
from ops.permissions.scope import scope
from settings import parse

NUMBER = "123456789012"
Client = Callable[[str], Any]
"""Makes an operator's client of one of AWS's services."""


def of_stack(config: Mapping[str, Any], stack: str) -> dict[str, dict[str, Any]]:
    """The documents of a stack with these settings, by name."""
    text = {f"federated-eks:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in config.items()}
    made = documents(scope(parse(text), stack=stack, account=NUMBER))
    return {name: dict(policy) for name, policy in made.items()}


def without(made: Mapping[str, Mapping[str, Any]], action: str) -> dict[str, dict[str, Any]]:
    """The same documents without one action, which one of them has to have."""
    assert any(action in actions(statement) for policy in made.values() for statement in policy["Statement"]), action
    return {
        name: {
            **policy,
            "Statement": [
                {**statement, "Action": left}
                for statement in policy["Statement"]
                if (left := [each for each in actions(statement) if each != action])
            ],
        }
        for name, policy in made.items()
    }


def actions(statement: Mapping[str, Any]) -> list[str]:
    """A statement's actions."""
    given = statement["Action"]
    return [given] if isinstance(given, str) else given


def give(client: Client, name: str, kind: str, made: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a role, or change what it has, to the documents of a kind of role as managed policies; return its ARN."""
    iam, arn = client("iam"), f"arn:aws:iam::{NUMBER}:role/{name}"
    if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        statement = {"Effect": "Allow", "Principal": {"AWS": NUMBER}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [statement]}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    take(client, name)
    for document, policy in of_role(kind, made).items():
        created = iam.create_policy(PolicyName=f"{name}-{document}", PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=created)
    return arn


def take(client: Client, name: str) -> None:
    """Take a role's policies away."""
    iam = client("iam")
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_policy(PolicyArn=policy["PolicyArn"])


def drop(client: Client, name: str) -> None:
    """Delete a role and its policies."""
    take(client, name)
    client("iam").delete_role(RoleName=name)


def session(client: Client, arn: str) -> dict[str, str]:
    """The environment of a session of a role's, for an hour."""
    keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
