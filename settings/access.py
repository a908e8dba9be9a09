"""The rights of people in the clusters, and of pods in AWS."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from components import iam
from settings.base import DOMAIN, LONGEST_DOMAIN, NAME, Section, check_once
from settings.form import Form

RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
"""Prefixes that no group of an access entry may have (EKS API reference, CreateAccessEntry)."""


_PATH = r"[\w+=,.@/-]*[\w+=,.@-]"
PRINCIPAL = rf"arn:aws[a-z-]*:iam::\d{{12}}:(role|user)/{_PATH}"
ROLE = rf"arn:aws[a-z-]*:iam::\d{{12}}:role/{_PATH}"
POLICY = rf"arn:aws[a-z-]*:iam::(aws|\d{{12}}):policy/{_PATH}"

LONGEST = {"role": 64, "user": 64, "policy": 128}
"""The most characters of a name in IAM (botocore's iam model: roleNameType, userNameType, policyNameType)."""

LONGEST_PATH = 512
"""The most characters of a path in IAM (its pathType)."""

LONGEST_ROLE_ARN = 255
"""The most characters of a role's ARN in EKS (botocore's eks model, RoleArn)."""

LONGEST_TRUST = 8192
"""The most characters of a trust policy, in an account whose quota is raised (IAM user guide, "IAM and STS quotas")."""


def _named(value: str) -> str:
    """The ARN of a role, user or policy, if IAM takes its name and path. Raises ValueError."""
    kind, *path, name = value.partition("::")[2].partition(":")[2].split("/")
    whole = f"/{'/'.join(path)}/" if path else "/"
    for what, text, most in (("name", name, LONGEST[kind]), ("path", whole, LONGEST_PATH)):
        if len(text) > most:
            raise ValueError(
                f"has a {what} of {len(text)} characters, and IAM takes {most}; give the ARN as IAM shows it"
            )
    return value


def _principal(value: str) -> str:
    if re.fullmatch(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/.+", value):
        raise ValueError("is a session, which ends within hours; give its role, arn:aws:iam::<account>:role/<name>")
    if not re.fullmatch(PRINCIPAL, value):
        raise ValueError(
            "is no IAM role's or user's ARN; name one principal, arn:aws:iam::123456789012:role/Developers for instance"
        )
    if ":role/aws-service-role/" in value:
        raise ValueError("is a service-linked role of AWS, which EKS admits by itself or not at all; leave it out")
    return _named(value)


def _role(value: str) -> str:
    if not re.fullmatch(ROLE, value):
        raise ValueError("is no IAM role's ARN; give one, arn:aws:iam::123456789012:role/Shop for instance")
    if len(value) > LONGEST_ROLE_ARN:
        raise ValueError(
            f"has {len(value)} characters, and EKS takes {LONGEST_ROLE_ARN} of a role's ARN; give one with a "
            "shorter path"
        )
    return _named(value)


def _policy(value: str) -> str:
    if not re.fullmatch(POLICY, value):
        raise ValueError("is no IAM policy's ARN; give one, arn:aws:iam::123456789012:policy/Shop for instance")
    if re.search(r":aws:policy/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$", value):
        raise ValueError("gives pods the whole account; give a policy of what they need")
    return _named(value)


def _namespace(value: str) -> str:
    if not re.fullmatch(NAME, value):
        raise ValueError("can't be a namespace; use up to 63 lower-case letters, digits and -")
    return value


def _service_account(value: str) -> str:
    if not re.fullmatch(DOMAIN, value):
        raise ValueError("can't be a service account's name; use lower-case letters, digits, - and .")
    if len(value) > LONGEST_DOMAIN:
        raise ValueError(f"has {len(value)} characters, and Kubernetes takes {LONGEST_DOMAIN}; shorten it")
    return value


def _group(value: str) -> str:
    if not value or value.startswith(RESERVED):
        raise ValueError(
            f"can't be an access entry's group, because none may begin with {', '.join(RESERVED)}; bind a group "
            "of your own, or set a policy"
        )
    return value


def _boundary(value: str) -> str:
    if not re.fullmatch(POLICY, value):
        raise ValueError(
            "is not the ARN of an IAM policy; give one, arn:aws:iam::123456789012:policy/FleetBoundary for instance"
        )
    return value


PrincipalArn = Annotated[str, AfterValidator(_principal), Form("The ARN of an IAM role or user.", PRINCIPAL)]
RoleArn = Annotated[str, AfterValidator(_role), Form("The ARN of an IAM role.", ROLE)]
PolicyArn = Annotated[
    str,
    AfterValidator(_policy),
    Form("The ARN of an IAM policy; none that gives pods the whole account.", POLICY),
]
BoundaryArn = Annotated[str, AfterValidator(_boundary), Form("The ARN of an IAM policy.", POLICY)]
Namespace = Annotated[
    str, AfterValidator(_namespace), Form("A namespace: up to 63 lower-case letters, digits and hyphens.", NAME)
]
ServiceAccount = Annotated[
    str,
    AfterValidator(_service_account),
    Form("A service account's name: lower-case letters, digits, `-` and `.`.", DOMAIN),
]
Group = Annotated[
    str,
    AfterValidator(_group),
    Form(f"A group's name, which begins with none of {', '.join(RESERVED)}.", rf"(?!{'|'.join(RESERVED)}).+"),
]


def check_partition(key: str, arns: Iterable[str], partition: str) -> None:
    """Raise ValueError for an ARN of another AWS partition than the fleet's."""
    for arn in arns:
        if (other := arn.split(":")[1]) != partition:
            raise ValueError(
                f"{key}: {arn} is of the partition {other}, and the fleet is in {partition}; name one of {partition}"
            )


class Principal(Section):
    """An IAM role or user with access to every cluster."""

    arn: PrincipalArn
    policy: Literal["cluster-admin", "admin", "edit", "view"] | None = None
    """EKS's access policy that equals Kubernetes' own role of this name."""
    namespaces: tuple[Namespace, ...] = ()
    """The namespaces that the policy applies to; by default all."""
    groups: tuple[Group, ...] = ()
    """Kubernetes groups, for RBAC of your own."""

    @model_validator(mode="after")
    def _may_something(self) -> Principal:
        if self.policy is None and not self.groups:
            raise ValueError(f"policy and groups are not set, so {self.arn} may do nothing; set one of them")
        if self.namespaces and self.policy in (None, "cluster-admin"):
            raise ValueError(
                f"namespaces: {', '.join(self.namespaces)} are set and policy is {self.policy or 'not set'}, which "
                "has no namespaces; set policy: admin, edit or view, or drop namespaces"
            )
        return self


class PodIdentity(Section):
    """The AWS rights of a service account's pods, by EKS Pod Identity: its agent must run on the nodes."""

    namespace: Namespace
    service_account: ServiceAccount
    role_arn: RoleArn | None = None
    """A role of your own, which trusts pods.eks.amazonaws.com to assume it and to tag its sessions."""
    policies: tuple[PolicyArn, ...] = Field(default=(), max_length=10)
    """IAM policies, instead of `roleArn`, for a role that the program creates for these pods."""

    @model_validator(mode="after")
    def _one_of_both(self) -> PodIdentity:
        check_once("policies:", self.policies)
        if (self.role_arn is None) == (not self.policies):
            raise ValueError(
                f"roleArn and policies are {'both' if self.policies else 'not'} set for {self.namespace}/"
                f"{self.service_account}; set roleArn for a role of your own, or policies for a new role"
            )
        return self


class Access(Section):
    """The rights of people and pods in every cluster."""

    admins: tuple[PrincipalArn, ...] = ()
    """The account's roles and users that may assume the fleet's admin role; without any there is no such role."""
    users: tuple[PrincipalArn, ...] = ()
    """Roles and users that may assume the fleet's user role, which reads everything but secrets."""
    principals: tuple[Principal, ...] = ()
    """Further roles and users, each with rights of its own."""
    creator_admin: bool = True
    """Whether the creator of a cluster is its administrator. EKS fixes this when it creates the cluster."""
    oidc: bool = False
    """An IAM identity provider for each cluster, so that service accounts can assume roles (IRSA)."""
    pod_identities: tuple[PodIdentity, ...] = ()
    """Service accounts whose pods have an IAM role, in every cluster."""
    boundary: BoundaryArn | None = None
    """The IAM policy that is the permissions boundary of every role that the program creates (docs/permissions.md)."""

    @property
    def cluster_admins(self) -> list[str]:
        """The principals that are named as administrators of every cluster."""
        return [principal.arn for principal in self.principals if principal.policy == "cluster-admin"]

    def check_partition(self, partition: str) -> None:
        """Raise ValueError for an ARN of another AWS partition than the fleet's."""
        pods = [arn for identity in self.pod_identities for arn in (identity.role_arn, *identity.policies) if arn]
        arns = {"admins": self.admins, "users": self.users, "podIdentities": pods}
        arns["principals"] = [principal.arn for principal in self.principals]
        arns["boundary"] = [self.boundary] if self.boundary else []
        for key, listed in arns.items():
            check_partition(f"access.{key}", listed, partition)

    @model_validator(mode="after")
    def _can_be_trusted(self) -> Access:
        for key, principals in (("admins", self.admins), ("users", self.users)):
            size = len(json.dumps(iam.trust({"AWS": sorted(principals)}), separators=(",", ":")))
            if size > LONGEST_TRUST:
                raise ValueError(
                    f"{key}: {len(principals)} principals make a trust policy of {size} characters, and IAM takes "
                    f"{LONGEST_TRUST} at most; list fewer, or a role that they assume"
                )
        return self

    @model_validator(mode="after")
    def _holds_together(self) -> Access:
        for arn, count in Counter(principal.arn for principal in self.principals).items():
            if count > 1:
                raise ValueError(
                    f"principals: {arn} is listed {count} times, and EKS has one access entry for each; list it once"
                )
        accounts = Counter((identity.namespace, identity.service_account) for identity in self.pod_identities)
        for (namespace, name), count in accounts.items():
            if count > 1:
                raise ValueError(
                    f"podIdentities: {namespace}/{name} is listed {count} times, and has one role; list it once"
                )
        if not self.creator_admin and not self.cluster_admins:
            raise ValueError(
                "creatorAdmin: false leaves the clusters without an administrator; add {arn: <whoever runs pulumi>, "
                "policy: cluster-admin} to access.principals first"
            )
        return self
