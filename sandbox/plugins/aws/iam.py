"""aws:iam Role, RolePolicy, RolePolicyAttachment, InstanceProfile and OpenIdConnectProvider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.plugins.aws import policy, tags
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, AwsResource, found, only
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_GONE = "NoSuchEntity"
_NAME = r"[\w+=,.@-]+"
"""What names in IAM match (terraform-provider-aws internal/service/iam/validate.go)."""
_PROPAGATION = 120.0
"""Seconds until what IAM has just made is known everywhere; the official provider waits as long."""


class IamResource(AwsResource):
    """A resource of IAM's: it lives in no region."""

    regional = False


class Role(IamResource):
    """A role; policies are RolePolicy and RolePolicyAttachment resources, not inline."""

    kind = "aws:iam/role:Role"
    knows = ("assumeRolePolicy", "description", "maxSessionDuration", "name", "path", "permissionsBoundary")
    unread = ("forceDetachPolicies",)
    defaults = {"maxSessionDuration": 3600, "path": "/", "forceDetachPolicies": False}
    named = "name"
    longest_name = 64
    names = Names(longest=64, pattern=_NAME, prefix=38)
    documents = ("assumeRolePolicy",)
    owned = ("description", "permissionsBoundary")
    replace_on = ("name", "path")

    def make(self, api: Api) -> str:
        """Create it; a principal that was just made may not be known yet."""
        made = api.retry(
            lambda: api.iam(
                "CreateRole",
                RoleName=api.get("name"),
                Path=api.get("path"),
                AssumeRolePolicyDocument=api.get("assumeRolePolicy"),
                Description=api.get("description"),
                MaxSessionDuration=api.get("maxSessionDuration"),
                PermissionsBoundary=api.get("permissionsBoundary"),
                Tags=tags.to_list(api.tags) or None,
            ),
            ["MalformedPolicyDocument"],
            timeout=_PROPAGATION,
            says=["Invalid principal"],
        )
        return api.created(made["Role"]["RoleName"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The role and its policies."""
        answer = found(lambda: api.iam("GetRole", RoleName=api.id), _GONE)
        if answer is None:
            return None
        role = answer["Role"]
        attached = api.iam("ListAttachedRolePolicies", RoleName=api.id)["AttachedPolicies"]
        return {
            "arn": role["Arn"],
            "assumeRolePolicy": policy.decoded(role["AssumeRolePolicyDocument"]),
            "createDate": _time(role["CreateDate"]),
            "description": role.get("Description", ""),
            "inlinePolicies": [
                {"name": name, "policy": _inline_policy(api, api.id, name)}
                for name in api.iam("ListRolePolicies", RoleName=api.id)["PolicyNames"]
            ],
            "managedPolicyArns": sorted(one["PolicyArn"] for one in attached),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "name": role["RoleName"],
            "path": role["Path"],
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "uniqueId": role["RoleId"],
            "tagsAll": tags.from_list(role.get("Tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change what differs."""
        if "assumeRolePolicy" in changed:
            api.retry(
                lambda: api.iam("UpdateAssumeRolePolicy", RoleName=api.id, PolicyDocument=api.get("assumeRolePolicy")),
                ["MalformedPolicyDocument"],
                timeout=_PROPAGATION,
                says=["Invalid principal"],
            )
        if "description" in changed:
            api.iam("UpdateRoleDescription", RoleName=api.id, Description=api.get("description") or "")
        if "maxSessionDuration" in changed:
            api.iam("UpdateRole", RoleName=api.id, MaxSessionDuration=api.get("maxSessionDuration"))
        if "permissionsBoundary" in changed:
            if boundary := api.get("permissionsBoundary"):
                api.iam("PutRolePermissionsBoundary", RoleName=api.id, PermissionsBoundary=boundary)
            else:
                api.iam("DeleteRolePermissionsBoundary", RoleName=api.id)

    def remove(self, api: Api) -> None:
        """Take it from instance profiles, and from the policies that the state has or all when forced; delete it."""
        told = found(lambda: api.iam("ListInstanceProfilesForRole", RoleName=api.id), _GONE) or {}
        for profile in told.get("InstanceProfiles", []):
            name = profile["InstanceProfileName"]
            found(
                lambda name=name: api.iam("RemoveRoleFromInstanceProfile", InstanceProfileName=name, RoleName=api.id),
                _GONE,
            )
        force = bool(api.state.get("forceDetachPolicies"))
        if force or api.state.get("managedPolicyArns"):
            self._detach(api)
        if force or api.state.get("inlinePolicies"):
            self._empty(api)
        api.retry(lambda: found(lambda: api.iam("DeleteRole", RoleName=api.id), _GONE), ["DeleteConflict"], timeout=30)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop:
            api.iam("UntagRole", RoleName=api.id, TagKeys=drop)
        if add:
            api.iam("TagRole", RoleName=api.id, Tags=tags.to_list(add))

    def _detach(self, api: Api) -> None:
        told = found(lambda: api.iam("ListAttachedRolePolicies", RoleName=api.id), _GONE) or {}
        for attached in told.get("AttachedPolicies", []):
            arn = attached["PolicyArn"]
            found(lambda arn=arn: api.iam("DetachRolePolicy", RoleName=api.id, PolicyArn=arn), _GONE)

    def _empty(self, api: Api) -> None:
        told = found(lambda: api.iam("ListRolePolicies", RoleName=api.id), _GONE) or {}
        for name in told.get("PolicyNames", []):
            found(lambda name=name: api.iam("DeleteRolePolicy", RoleName=api.id, PolicyName=name), _GONE)


class RolePolicy(IamResource):
    """A policy inside a role; its id is `role:name`."""

    kind = "aws:iam/rolePolicy:RolePolicy"
    taggable = False
    knows = ("name", "policy", "role")
    named = "name"
    names = Names(longest=128, pattern=_NAME, prefix=102)
    documents = ("policy",)
    replace_on = ("name", "role")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """There has to be a policy."""
        if "policy" not in inputs:
            yield Problem("policy", "a role policy needs its policy document")

    def make(self, api: Api) -> str:
        """Put it; IAM replaces one of the same name."""
        self._put(api)
        return api.created(f"{api.get('role')}:{api.get('name')}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The policy as IAM has it."""
        role, _, name = api.id.partition(":")
        answer = found(lambda: api.iam("GetRolePolicy", RoleName=role, PolicyName=name), _GONE)
        if answer is None:
            return None
        return {"name": name, "policy": policy.decoded(answer["PolicyDocument"]), "role": role}

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Put it again."""
        self._put(api)

    def remove(self, api: Api) -> None:
        """Delete it."""
        role, _, name = api.id.partition(":")
        found(lambda: api.iam("DeleteRolePolicy", RoleName=role, PolicyName=name), _GONE)

    def _put(self, api: Api) -> None:
        api.retry(
            lambda: api.iam(
                "PutRolePolicy", RoleName=api.get("role"), PolicyName=api.get("name"), PolicyDocument=api.get("policy")
            ),
            [_GONE],
            timeout=15,
        )


class RolePolicyAttachment(IamResource):
    """A managed policy attached to a role; its id is `role/arn`."""

    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    taggable = False
    knows = ("policyArn", "role")
    replace_on = knows
    delete_before_replace = True

    def make(self, api: Api) -> str:
        """Attach it; attaching it twice is no error of IAM's."""
        role, arn = api.inputs["role"], api.inputs["policyArn"]
        api.iam("AttachRolePolicy", RoleName=role, PolicyArn=arn)
        return api.created(f"{role}/{arn}")

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """Whether it is attached."""
        role, _, arn = api.id.partition("/")
        answer = found(lambda: api.iam("ListAttachedRolePolicies", RoleName=role), _GONE)
        if answer is None or arn not in {one["PolicyArn"] for one in answer["AttachedPolicies"]}:
            return None
        return {"policyArn": arn, "role": role}

    def remove(self, api: Api) -> None:
        """Detach it."""
        role, _, arn = api.id.partition("/")
        found(lambda: api.iam("DetachRolePolicy", RoleName=role, PolicyArn=arn), _GONE)


class InstanceProfile(IamResource):
    """An instance profile, with a role or without."""

    kind = "aws:iam/instanceProfile:InstanceProfile"
    knows = ("name", "path", "role")
    defaults = {"path": "/"}
    named = "name"
    names = Names(longest=128, pattern=_NAME, prefix=102)
    owned = ("role",)
    replace_on = ("name", "path")

    def make(self, api: Api) -> str:
        """Create it, wait for it, add the role."""
        name = api.inputs["name"]
        api.iam(
            "CreateInstanceProfile",
            InstanceProfileName=name,
            Path=api.get("path"),
            Tags=tags.to_list(api.tags) or None,
        )
        id = api.created(name)
        api.wait(f"instance profile {id} to be visible", lambda: _profile(api, id), _PROPAGATION)
        self._add(api, api.get("role"))
        return id

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The profile and its role."""
        profile = _profile(api, api.id)
        if profile is None:
            return None
        role = only(profile["Roles"])
        if role:
            api.iam("GetRole", RoleName=role["RoleName"])
        return {
            "arn": profile["Arn"],
            "createDate": _time(profile["CreateDate"]),
            "name": profile["InstanceProfileName"],
            "path": profile["Path"],
            "role": role["RoleName"] if role else "",
            "uniqueId": profile["InstanceProfileId"],
            "tagsAll": tags.from_list(profile.get("Tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change the role."""
        self._remove(api)
        self._add(api, api.get("role"))

    def remove(self, api: Api) -> None:
        """Take its role out, and delete it."""
        self._remove(api)
        found(lambda: api.iam("DeleteInstanceProfile", InstanceProfileName=api.id), _GONE)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop:
            api.iam("UntagInstanceProfile", InstanceProfileName=api.id, TagKeys=drop)
        if add:
            api.iam("TagInstanceProfile", InstanceProfileName=api.id, Tags=tags.to_list(add))

    def _add(self, api: Api, role: str | None) -> None:
        if role:
            api.retry(
                lambda: api.iam("AddRoleToInstanceProfile", InstanceProfileName=api.id, RoleName=role),
                [_GONE, "InvalidParameterValue"],
                timeout=_PROPAGATION,
                says=["Invalid IAM", "cannot be found"],
            )

    def _remove(self, api: Api) -> None:
        for role in (_profile(api, api.id) or {}).get("Roles", []):
            name = role["RoleName"]
            found(
                lambda name=name: api.iam("RemoveRoleFromInstanceProfile", InstanceProfileName=api.id, RoleName=name),
                _GONE,
            )


class OpenIdConnectProvider(IamResource):
    """An OIDC identity provider, of a cluster's issuer say; its id is its ARN."""

    kind = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    knows = ("clientIdLists", "url", "thumbprintLists")
    replace_on = ("url",)
    unordered = ("clientIdLists",)
    computed = ("thumbprintLists",)

    def make(self, api: Api) -> str:
        """Create it."""
        made = api.iam(
            "CreateOpenIDConnectProvider",
            Url=api.get("url"),
            ClientIDList=api.get("clientIdLists"),
            ThumbprintList=api.get("thumbprintLists"),
            Tags=tags.to_list(api.tags) or None,
        )
        return api.created(made["OpenIDConnectProviderArn"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The provider."""
        told = found(lambda: api.iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=api.id), _GONE)
        if told is None:
            return None
        url = told["Url"].removeprefix("https://")
        declared = str(known.get("url", ""))
        return {
            "arn": api.id,
            "clientIdLists": told.get("ClientIDList", []),
            "thumbprintLists": told.get("ThumbprintList", []),
            "url": declared if declared.removeprefix("https://") == url else url,
            "tagsAll": tags.from_list(told.get("Tags")),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change its clients and thumbprints."""
        # IAM takes no empty list: thumbprints can't be taken away.
        if "thumbprintLists" in changed and api.get("thumbprintLists"):
            api.iam(
                "UpdateOpenIDConnectProviderThumbprint",
                OpenIDConnectProviderArn=api.id,
                ThumbprintList=api.get("thumbprintLists"),
            )
        before, after = set(api.call.old_inputs.get("clientIdLists") or []), set(api.get("clientIdLists") or [])
        for client in sorted(after - before):
            api.iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=api.id, ClientID=client)
        for client in sorted(before - after):
            api.iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=api.id, ClientID=client)

    def remove(self, api: Api) -> None:
        """Delete it."""
        found(lambda: api.iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=api.id), _GONE)

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags."""
        if drop:
            api.iam("UntagOpenIDConnectProvider", OpenIDConnectProviderArn=api.id, TagKeys=drop)
        if add:
            api.iam("TagOpenIDConnectProvider", OpenIDConnectProviderArn=api.id, Tags=tags.to_list(add))


def _inline_policy(api: Api, role: str, name: str) -> str:
    answer = found(lambda: api.iam("GetRolePolicy", RoleName=role, PolicyName=name), _GONE)
    return policy.decoded(answer["PolicyDocument"]) if answer else ""


def _profile(api: Api, name: str) -> dict[str, Any] | None:
    answer = found(lambda: api.iam("GetInstanceProfile", InstanceProfileName=name), _GONE)
    return answer["InstanceProfile"] if answer else None


def _time(when: Any) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
