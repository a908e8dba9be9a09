"""IAM's checks of a call, and the rights of IAM that calls of other services need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from sandbox.aws.authorization import ec2
from sandbox.aws.authorization.call import Call, tags_of
from sandbox.aws.authorization.policies import Check


def checks(call: Call) -> Iterator[Check]:
    """The checks on roles, instance profiles and identity providers by ARN, with the policy and the boundary."""
    params, requested = call.params, tags_of(call.params.get("Tags"))
    resource = _iam_resource(call)
    more: dict[str, str] = {}
    if policy := params.get("PolicyArn"):
        more["iam:PolicyARN"] = policy
    if boundary := params.get("PermissionsBoundary") or _boundary(call):
        more["iam:PermissionsBoundary"] = boundary
    if service := params.get("AWSServiceName"):
        more["iam:AWSServiceName"] = service
    yield call.check(resource, requested=requested, tags=_iam_tags(call, resource), keys=more)
    tagging = {"CreateRole": "TagRole", "CreateInstanceProfile": "TagInstanceProfile"}
    tagging |= {"CreateOpenIDConnectProvider": "TagOpenIDConnectProvider"}
    if requested and call.operation in tagging:
        yield call.check(resource, action=f"iam:{tagging[call.operation]}", requested=requested)
    if call.operation == "AddRoleToInstanceProfile":
        yield pass_role(call, role_arn(call, params.get("RoleName", "")), "ec2.amazonaws.com")


def _iam_resource(call: Call) -> str:
    params = call.params
    if arn := params.get("OpenIDConnectProviderArn"):
        return arn
    if url := params.get("Url"):
        return f"arn:aws:iam::{call.principal.account}:oidc-provider/{url.removeprefix('https://')}"
    if name := params.get("InstanceProfileName"):
        return f"arn:aws:iam::{call.principal.account}:instance-profile{params.get('Path', '/')}{name}"
    if service := params.get("AWSServiceName"):
        return f"arn:aws:iam::{call.principal.account}:role/aws-service-role/{service}/*"
    if name := params.get("RoleName"):
        return role_arn(call, name, params.get("Path", "/"))
    return params.get("PolicyArn") or "*"


def role_arn(call: Call, name: str, path: str = "/") -> str:
    """The ARN of a role by its name, which need not exist."""
    role = role_named(call, name)
    return role.arn if role else f"arn:aws:iam::{call.principal.account}:role{path}{name}"


def role_named(call: Call, name: str) -> Any | None:
    """A role by its name or ARN; None if it doesn't exist."""
    roles = iam_backends[call.principal.account]["aws"].roles.values()
    return next((role for role in roles if role.name == name or role.arn == name), None)


def _boundary(call: Call) -> str:
    role = role_named(call, call.params.get("RoleName", ""))
    return (role.permissions_boundary_arn or "") if role else ""


def _iam_tags(call: Call, arn: str) -> dict[str, str]:
    """The tags of an identity provider. Roles' tags are ignored, because IAM ignores them when roles are passed."""
    providers = iam_backends[call.principal.account]["aws"].open_id_providers
    found = next((provider for provider in providers.values() if provider.arn == arn), None)
    return tags_of(found.tag_list_type) if found else {}


def pass_role(call: Call, role: str, service: str) -> Check:
    """The check that the caller may pass a role to a service."""
    return call.check(role, action="iam:PassRole", iam_PassedToService=service)


def launched(call: Call, template: str, version: str | None) -> Iterator[Check]:
    """The checks of RunInstances, and of passing the role of the template's instance profile."""
    yield from ec2.launch(call, template, version)
    for profile in ec2.profiles(call, template, version):
        for role in _profile_roles(call, profile):
            yield pass_role(call, role, "ec2.amazonaws.com")


def _profile_roles(call: Call, arn: str) -> list[str]:
    profiles: Any = iam_backends[call.principal.account]["aws"].instance_profiles.values()
    return [role.arn for profile in profiles if arn in (profile.arn, profile.name) for role in profile.roles]


def linked_role(call: Call, service: str, name: str) -> Iterator[Check]:
    """The check of CreateServiceLinkedRole, if the account lacks the role."""
    if role_named(call, name) is None:
        resource = f"arn:aws:iam::{call.principal.account}:role/aws-service-role/{service}/{name}"
        yield call.check(resource, action="iam:CreateServiceLinkedRole", iam_AWSServiceName=service)
