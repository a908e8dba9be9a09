"""The permissions of EKS's access policies.

Source: the EKS user guide, "Review access policy permissions". The admin, edit and view policies carry the rules of
Kubernetes' own user-facing roles before aggregation, so they have none for custom resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.contract import AccessPolicy

VIEW, EDIT, ADMIN = "system:aggregate-to-view", "system:aggregate-to-edit", "system:aggregate-to-admin"
"""Kubernetes' roles whose rules the policies contain."""

ROLES: Mapping[str, Sequence[str]] = {
    "AmazonEKSViewPolicy": (VIEW,),
    "AmazonEKSEditPolicy": (VIEW, EDIT),
    "AmazonEKSAdminPolicy": (VIEW, EDIT, ADMIN),
}


@dataclass(frozen=True)
class Rule:
    """Verbs on resources of API groups, or on other paths; `*` matches any."""

    verbs: frozenset[str]
    groups: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


OWN: Mapping[str, Sequence[Rule]] = {
    "AmazonEKSClusterAdminPolicy": (
        Rule(frozenset("*"), groups=frozenset("*"), resources=frozenset("*")),
        Rule(frozenset("*"), paths=frozenset("*")),
    ),
    "AmazonEKSAdminViewPolicy": (
        Rule(frozenset({"get", "list", "watch"}), groups=frozenset("*"), resources=frozenset("*")),
    ),
}
"""Policies with rules of their own."""

RoleRules = Callable[[str], Sequence[Rule]]
"""A function that returns the rules of a ClusterRole by its name."""


def from_role(role: Mapping[str, Any]) -> list[Rule]:
    """The rules of a ClusterRole object."""
    return [
        Rule(
            frozenset(rule.get("verbs") or ()),
            frozenset(rule.get("apiGroups") or ()),
            frozenset(rule.get("resources") or ()),
            frozenset(rule.get("nonResourceURLs") or ()),
        )
        for rule in role.get("rules") or ()
    ]


def allowed(spec: Mapping[str, Any], policies: Iterable[AccessPolicy], roles: RoleRules) -> str:
    """The policy that allows the request of a SubjectAccessReview's `spec`; empty if none does.

    A policy that is scoped to namespaces allows nothing outside them. A policy of an unknown name allows nothing.
    """
    for policy in policies:
        if _in_scope(spec, policy) and any(_matches(rule, spec) for rule in rules(policy.name, roles)):
            return policy.name
    return ""


def rules(policy: str, roles: RoleRules) -> list[Rule]:
    """All rules of a policy."""
    from_roles = [rule for role in ROLES.get(policy, ()) for rule in roles(role)]
    return [*OWN.get(policy, ()), *from_roles]


def _in_scope(spec: Mapping[str, Any], policy: AccessPolicy) -> bool:
    if not policy.namespaces:
        return True
    namespace = (spec.get("resourceAttributes") or {}).get("namespace") or ""
    return bool(namespace) and any(fnmatchcase(namespace, pattern) for pattern in policy.namespaces)


def _matches(rule: Rule, spec: Mapping[str, Any]) -> bool:
    if attributes := spec.get("nonResourceAttributes"):
        return _has(rule.verbs, attributes.get("verb", "")) and _has(rule.paths, attributes.get("path", ""))
    attributes = spec.get("resourceAttributes") or {}
    resource = attributes.get("resource", "")
    if subresource := attributes.get("subresource"):
        resource = f"{resource}/{subresource}"
    return (
        _has(rule.verbs, attributes.get("verb", ""))
        and _has(rule.groups, attributes.get("group") or "")
        and _has(rule.resources, resource)
    )


def _has(values: frozenset[str], value: str) -> bool:
    return "*" in values or value in values
