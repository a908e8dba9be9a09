"""The cluster that an entry goes into, and the options of each object there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

from ..metadata import field_manager
from ..text import one_line
from .objects import Object

VERSIONS = ("v1", "v2", "v1beta1", "v1beta2", "v1beta3", "v2beta1", "v2beta2", "v1alpha1", "v1alpha2", "v1alpha3")
"""The usual names of API versions. An object stays the same object at another version."""

VERBS = {"create": "created", "update": "changed", "delete": "deleted"}
"""The past participles of Pulumi's operations."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A cluster, with the resources that entries need."""

    cluster: str
    """The cluster's name."""
    provider: kubernetes.Provider
    control_plane: pulumi.Resource
    """The resource whose deletion deletes everything in the cluster."""
    ready: Sequence[pulumi.Resource]
    """The resources that pods need: nodes, add-ons, pod identities."""

    def options(
        self,
        parent: pulumi.Resource,
        failed: pulumi.ErrorHook,
        *,
        after: Sequence[pulumi.Resource] = (),
        keep: bool = False,
        aliases: Sequence[pulumi.Alias] = (),
    ) -> ResourceOptions:
        """Options for a child of `parent` in the cluster. With `keep`, it stays there when the stack drops it."""
        return ResourceOptions(
            parent=parent,
            provider=self.provider,
            deleted_with=self.control_plane,
            depends_on=[*after],
            retain_on_delete=keep,
            aliases=[*aliases],
            hooks=pulumi.ResourceHookBinding(on_error=[failed]),
        )


def failed(setting: str, entry: str, cluster: str) -> pulumi.ErrorHook:
    """An error hook that logs which entry of `charts` or `manifests` failed in which cluster. It never retries."""

    async def explain(failure: pulumi.ErrorHookArgs) -> bool:
        pulumi.log.error(message(setting, entry, cluster, failure))
        return False

    return pulumi.ErrorHook(f"{cluster}-{entry}-failed", explain)


def message(setting: str, entry: str, cluster: str, failure: pulumi.ErrorHookArgs) -> str:
    """The error for an entry that failed. The provider's own error names neither the entry nor the cluster."""
    cause = one_line(failure.errors[0]) if failure.errors else "the provider gives no reason"
    # An object's name in Pulumi begins with its cluster's.
    what = failure.name.partition(":")[2] or failure.type.rpartition(":")[2]
    verb = VERBS.get(failure.failed_operation, failure.failed_operation)
    return (
        f"{setting}: {entry} failed in {cluster}: {what} was not {verb} ({cause}); the other entries and clusters "
        "stay as they are: remove the cause, and run the update again"
    )


def register(
    name: str, object: Object, options: ResourceOptions, *, annotations: Mapping[str, str] | None = None
) -> pulumi.CustomResource:
    """An object in the cluster, by server-side apply. A Secret's values are Pulumi secrets."""
    metadata: Any = object.body["metadata"]
    manager = {"pulumi.com/patchFieldManager": field_manager()}
    body: dict[str, Any] = {
        **object.body,
        "metadata": {
            **metadata,
            "annotations": {**(metadata.get("annotations") or {}), **(annotations or {}), **manager},
        },
    }
    if object.token == "kubernetes:core/v1:Secret":  # noqa: S105  # a type, no password
        body |= {key: pulumi.Output.secret(body[key]) for key in ("data", "stringData") if key in body}
    return pulumi.CustomResource(object.token, name, body, options)


def aliases(object: Object) -> list[pulumi.Alias]:
    """The types that an object has in Pulumi at the other versions of its API. The core group has one version."""
    if "/" not in object.api_version:
        return []
    start, version, kind = object.token.rpartition("/")[0], object.api_version.rpartition("/")[2], object.kind
    return [pulumi.Alias(type_=f"{start}/{other}:{kind}") for other in VERSIONS if other != version]
