"""The provider's client: one cluster, and how it is to be treated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.kubeconfig import load


@dataclass(frozen=True)
class Cluster:
    """The cluster of the provider's settings. It is contacted at the first request."""

    settings: Mapping[str, Any] = field(repr=False)

    @cached_property
    def api(self) -> Api:
        """The API server."""
        return Api(load(self.kubeconfig, self.settings.get("context", ""), self.settings.get("cluster", "")))

    @property
    def kubeconfig(self) -> str:
        """The kubeconfig's text or path: the setting, else KUBECONFIG's first, else the user's own."""
        if given := self.settings.get("kubeconfig"):
            return given
        named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
        return named or str(Path.home() / ".kube" / "config")

    @property
    def namespace(self) -> str:
        """The namespace of objects without one: the setting; empty without a setting."""
        return self.settings.get("namespace", "")

    def allows(self, setting: str, variable: str) -> bool:
        """Return a boolean setting, by default from an environment variable."""
        if (given := self.settings.get(setting)) is not None:
            return bool(given)
        return os.environ.get(variable, "").lower() in ("true", "1")

    @property
    def upserts(self) -> bool:
        """Whether creating an object that exists takes it over."""
        return self.allows("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS")

    @property
    def deletes_unreachable(self) -> bool:
        """Whether an object of a cluster that does not answer counts as deleted."""
        return self.allows("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE")

    @property
    def skips_unreachable(self) -> bool:
        """Whether an update in a cluster that does not answer is put off."""
        return self.allows("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE")

    @property
    def forces(self) -> bool:
        """Whether fields that others manage are taken from them."""
        return self.allows("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE")

    @property
    def mutable(self) -> set[str]:
        """The kinds, of ConfigMap and Secret, whose data may be changed in place."""
        kinds = {
            "ConfigMap": ("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
            "Secret": ("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        }
        return {kind for kind, names in kinds.items() if self.allows(*names)}
