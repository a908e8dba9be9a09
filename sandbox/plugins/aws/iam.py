"""aws:iam Role, RolePolicy, RolePolicyAttachment, InstanceProfile and OpenIdConnectProvider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.aws import policy, tags
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found
from sandbox.plugins.aws.table import Again, Calls, Plain, Row
from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.values import Properties

_GONE = "NoSuchEntity"
_NAME = r"[\w+=,.@-]+"
"""The pattern of names in IAM (terraform-provider-aws internal/service/iam/validate.go)."""
_PROPAGATION = 120.0
"""Seconds until all services know a new resource of IAM; the official provider waits as long."""


class IamResource(Plain):
    """A resource of IAM's: it lives in no region."""

    regional = False

    def retag(self, api: Api, drop: list[str], add: dict[str, str]) -> None:
        """Remove and set tags, by the operations that are named as `create` is."""
        noun, thing = self.row.calls.create.removeprefix("Create"), self.parts(api, {})
        if drop:
            api.iam(f"Untag{noun}", TagKeys=drop, **thing)
        if add:
            api.iam(f"Tag{noun}", Tags=tags.to_list(add), **thing)


class Role(IamResource):
    """A role; policies are RolePolicy and RolePolicyAttachment resources, not inline."""

    kind = "aws:iam/role:Role"
    row = Row(
        service="iam",
        calls=Calls(create="CreateRole", read="GetRole", delete="DeleteRole"),
        id="{name}",
        item="Role",
        missing=[_GONE],
        # A principal that was just made may not be known yet.
        create_again=Again(codes=["MalformedPolicyDocument"], says=["Invalid principal"], timeout=_PROPAGATION),
        delete_again=Again(codes=["DeleteConflict"], timeout=30),
        spelled={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument", "uniqueId": "RoleId"},
        outputs=("arn", "createDate", "uniqueId"),
        places={"permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn"},
    )
    knows = ("assumeRolePolicy", "description", "maxSessionDuration", "name", "path", "permissionsBoundary")
    unread = ("forceDetachPolicies",)
    defaults = {"maxSessionDuration": 3600, "path": "/", "forceDetachPolicies": False}
    named = "name"
    longest_name = 64
    names = Names(longest=64, pattern=_NAME, prefix=38)
    documents = ("assumeRolePolicy",)
    owned = ("description", "permissionsBoundary")
    replace_on = ("name", "path")

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Add its policies."""
        attached = api.iam("ListAttachedRolePolicies", RoleName=api.id)["AttachedPolicies"]
        return super().outputs(api, item, known) | {
            "inlinePolicies": [
                {"name": name, "policy": _inline_policy(api, api.id, name)}
                for name in api.iam("ListRolePolicies", RoleName=api.id)["PolicyNames"]
            ],
            "managedPolicyArns": sorted(each["PolicyArn"] for each in attached),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change what differs."""
        if "assumeRolePolicy" in changed:
            document = {"RoleName": api.id, "PolicyDocument": api.get("assumeRolePolicy")}
            self.send(api, "UpdateAssumeRolePolicy", document)
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
        response = found(lambda: api.iam("ListInstanceProfilesForRole", RoleName=api.id), _GONE) or {}
        for profile in response.get("InstanceProfiles", []):
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
        self.delete_once(api)

    def _detach(self, api: Api) -> None:
        response = found(lambda: api.iam("ListAttachedRolePolicies", RoleName=api.id), _GONE) or {}
        for attached in response.get("AttachedPolicies", []):
            arn = attached["PolicyArn"]
            found(lambda arn=arn: api.iam("DetachRolePolicy", RoleName=api.id, PolicyArn=arn), _GONE)

    def _empty(self, api: Api) -> None:
        response = found(lambda: api.iam("ListRolePolicies", RoleName=api.id), _GONE) or {}
        for name in response.get("PolicyNames", []):
            found(lambda name=name: api.iam("DeleteRolePolicy", RoleName=api.id, PolicyName=name), _GONE)


class RolePolicy(IamResource):
    """A policy inside a role; IAM replaces one of the same name."""

    kind = "aws:iam/rolePolicy:RolePolicy"
    row = Row(
        service="iam",
        calls=Calls(create="PutRolePolicy", read="GetRolePolicy", update="PutRolePolicy", delete="DeleteRolePolicy"),
        id="{role}:{name}",
        missing=[_GONE],
        create_again=Again(codes=[_GONE], timeout=15),
        spelled={"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
    )
    taggable = False
    knows = ("name", "policy", "role")
    named = "name"
    names = Names(longest=128, pattern=_NAME, prefix=102)
    documents = ("policy",)
    replace_on = ("name", "role")

    def validate(self, inputs: Properties) -> Iterator[Problem]:
        """Yield a missing policy."""
        if "policy" not in inputs:
            yield Problem("policy", "a role policy needs its policy document")


class RolePolicyAttachment(IamResource):
    """A managed policy attached to a role; attaching it twice is no error of IAM's."""

    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    row = Row(
        service="iam",
        calls=Calls(create="AttachRolePolicy", read="ListAttachedRolePolicies", delete="DetachRolePolicy"),
        id="{role}/{policyArn}",
        item="AttachedPolicies",
        match="PolicyArn",
        missing=[_GONE],
        spelled={"role": "RoleName"},
    )
    taggable = False
    knows = ("policyArn", "role")
    replace_on = knows
    delete_before_replace = True


class InstanceProfile(IamResource):
    """An instance profile, with a role or without."""

    kind = "aws:iam/instanceProfile:InstanceProfile"
    row = Row(
        service="iam",
        calls=Calls(create="CreateInstanceProfile", read="GetInstanceProfile", delete="DeleteInstanceProfile"),
        id="{name}",
        item="InstanceProfile",
        missing=[_GONE],
        spelled={"name": "InstanceProfileName", "uniqueId": "InstanceProfileId"},
        outputs=("arn", "createDate", "uniqueId"),
        places={"role": "Roles.0.RoleName"},
    )
    knows = ("name", "path", "role")
    defaults = {"path": "/"}
    named = "name"
    names = Names(longest=128, pattern=_NAME, prefix=102)
    owned = ("role",)
    replace_on = ("name", "path")

    def make(self, api: Api) -> str:
        """Create it, wait for it, add the role."""
        id = super().make(api)
        api.wait(f"instance profile {id} to be visible", lambda: self.look(api, {}), _PROPAGATION)
        self._add(api, api.get("role"))
        return id

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """See that its role exists."""
        outputs = super().outputs(api, item, known)
        if outputs["role"]:
            api.iam("GetRole", RoleName=outputs["role"])
        return outputs

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Change the role."""
        self._remove(api)
        self._add(api, api.get("role"))

    def remove(self, api: Api) -> None:
        """Take its role out, and delete it."""
        self._remove(api)
        self.delete_once(api)

    def _add(self, api: Api, role: str | None) -> None:
        if role:
            api.retry(
                lambda: api.iam("AddRoleToInstanceProfile", InstanceProfileName=api.id, RoleName=role),
                [_GONE, "InvalidParameterValue"],
                timeout=_PROPAGATION,
                says=["Invalid IAM", "cannot be found"],
            )

    def _remove(self, api: Api) -> None:
        for role in (self.look(api, {}) or {}).get("Roles", []):
            name = role["RoleName"]
            found(
                lambda name=name: api.iam("RemoveRoleFromInstanceProfile", InstanceProfileName=api.id, RoleName=name),
                _GONE,
            )


class OpenIdConnectProvider(IamResource):
    """An OIDC identity provider, of a cluster's issuer say; its id is its ARN."""

    kind = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    row = Row(
        service="iam",
        calls=Calls(
            create="CreateOpenIDConnectProvider", read="GetOpenIDConnectProvider", delete="DeleteOpenIDConnectProvider"
        ),
        id="OpenIDConnectProviderArn",
        missing=[_GONE],
        spelled={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList"},
    )
    knows = ("clientIdLists", "url", "thumbprintLists")
    replace_on = ("url",)
    unordered = ("clientIdLists",)
    computed = ("thumbprintLists",)

    def outputs(self, api: Api, item: Mapping[str, Any], known: Properties) -> Properties:
        """Return the outputs with the URL as it was declared, with the scheme or without."""
        url, declared = item["Url"].removeprefix("https://"), str(known.get("url", ""))
        same = declared.removeprefix("https://") == url
        return super().outputs(api, item, known) | {"arn": api.id, "url": declared if same else url}

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


def _inline_policy(api: Api, role: str, name: str) -> str:
    answer = found(lambda: api.iam("GetRolePolicy", RoleName=role, PolicyName=name), _GONE)
    return policy.decoded(answer["PolicyDocument"]) if answer else ""
