"""Helm charts for every cluster, or for some of them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from components import iam
from components.cluster import PodIdentityArgs
from components.software import versions
from components.software.repository import OCI
from components.source import is_safe
from settings.access import Namespace, PolicyArn, RoleArn, ServiceAccount
from settings.base import Section, check_once
from settings.entries import Entry
from settings.form import Form

REGISTRY = r"oci://[^\s/]+(/[^\s/]+)*/?"
WEB = r"https?://[^\s/]+(/\S*)?"
ACTION = r"[a-z0-9-]+:[A-Za-z*?]+"


def _repository(value: str) -> str:
    if value.startswith(OCI) and re.fullmatch(REGISTRY, value):
        return value
    if re.fullmatch(WEB, value):
        if is_safe(value):
            return value
        raise ValueError("is not https, so that anybody in between could change the chart; give an https URL")
    raise ValueError("is no chart repository; give one that begins with https:// or oci://")


def _version(value: str) -> str:
    if not re.fullmatch(versions.EXACT, value):
        raise ValueError(
            "is no exact version; pin one, 1.16.2 for instance, so that an update runs what its preview showed"
        )
    return value


def _action(value: str) -> str:
    if not re.fullmatch(ACTION, value):
        raise ValueError("is no action of IAM's; give <service>:<operation>, s3:GetObject for instance")
    if value.endswith(":*"):
        raise ValueError("allows all of a service; name the operations that the pods call")
    return value


Repository = Annotated[
    str, AfterValidator(_repository), Form("A repository's URL, `https://` or `oci://`.", f"{REGISTRY}|{WEB}")
]
Version = Annotated[str, AfterValidator(_version), Form("One exact version, in quotes.", versions.EXACT)]
Action = Annotated[str, AfterValidator(_action), Form("`<service>:<operation>`, never all of a service.", ACTION)]


class Statement(Section):
    """A statement of an IAM policy, which allows actions on resources."""

    actions: tuple[Action, ...]
    """The allowed actions."""
    resources: tuple[str, ...]
    """ARNs; `*` for actions without resources."""
    condition: dict[str, dict[str, Any]] = {}
    """The condition in IAM's form: operator to key to value."""

    @property
    def document(self) -> iam.Statement:
        """The statement in IAM's form."""
        condition = {"Condition": self.condition} if self.condition else {}
        return {**iam.allow([*self.actions], [*self.resources]), **condition}

    @model_validator(mode="after")
    def _allows_something(self) -> Statement:
        for key, given in (("actions", self.actions), ("resources", self.resources)):
            if not given:
                raise ValueError(f"{key} is empty, so the statement allows nothing; list some, or drop the statement")
        return self


class Role(Section):
    """The AWS rights of a chart's pods, by EKS Pod Identity: its agent must run on the nodes."""

    service_account: ServiceAccount
    """The name of the service account that the chart creates."""
    role_arn: RoleArn | None = None
    """A role of your own, which trusts pods.eks.amazonaws.com to assume it and to tag its sessions."""
    policies: tuple[PolicyArn, ...] = Field(default=(), max_length=10)
    """IAM policies, instead of `roleArn`, for a role that the program creates for these pods."""
    statements: tuple[Statement, ...] = ()
    """Statements of a further policy of that role."""

    def arguments(self, namespace: str) -> PodIdentityArgs:
        """The arguments of the association, in the chart's namespace."""
        return PodIdentityArgs(
            namespace=namespace,
            service_account=self.service_account,
            role_arn=self.role_arn,
            policies=self.policies,
            statements=[statement.document for statement in self.statements],
        )

    @model_validator(mode="after")
    def _one_of_both(self) -> Role:
        check_once("policies:", self.policies)
        own = bool(self.policies or self.statements)
        if (self.role_arn is None) == (not own):
            raise ValueError(
                f"roleArn is {'set beside policies or statements' if own else 'not set, nor policies or statements,'} "
                f"for {self.service_account}; set roleArn for a role of your own, or the others for a new role"
            )
        return self


class Chart(Entry):
    """A release of a chart. It is upgraded by another version or other values."""

    chart: str = Field(min_length=1)
    """The chart's name in the repository, or a folder that holds it, with a slash: `./charts/base`."""
    repository: Repository | None = None
    """The repository of the chart, https:// or oci://; a folder has none."""
    version: Version | None = None
    """The version that is installed; not for a folder."""
    namespace: Namespace
    """The release's namespace. It is created if it doesn't exist, and stays when the entry is removed."""
    values: dict[str, Any] = {}
    """The chart's values in every cluster."""
    values_by_cluster: dict[str, dict[str, Any]] = {}
    """Values by cluster, over `values`: maps merged key by key, lists and texts replaced; null removes a default."""
    role: Role | None = None
    """The AWS rights of its pods."""

    @property
    def is_folder(self) -> bool:
        """Whether the chart is a folder beside the program."""
        return "/" in self.chart

    @model_validator(mode="after")
    def _found_somewhere(self) -> Chart:
        if self.chart.startswith(OCI):
            place, _, name = self.chart.rpartition("/")
            raise ValueError(f"chart: {self.chart} has its registry in it; set repository: {place}, and chart: {name}")
        if self.is_folder:
            for key, given in (("repository", self.repository), ("version", self.version)):
                if given is not None:
                    raise ValueError(
                        f"{key}: {given} is for a chart in a repository, and {self.chart} is a folder; drop {key}, or "
                        "give the chart's name alone"
                    )
            return self
        if self.repository is None:
            raise ValueError(
                f"repository: is not set, and {self.chart} is no folder; set the repository's URL, or write the folder "
                f"as ./{self.chart}"
            )
        if self.version is None:
            raise ValueError(f"version: is not set for {self.chart}; pin one, 1.16.2 for instance")
        return self
