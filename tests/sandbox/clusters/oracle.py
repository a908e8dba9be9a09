"""What kubefed itself would make of a type."""

from __future__ import annotations

from typing import Any

import yaml

from tests.sandbox.clusters.fleet import Kubectl


def enabled(
    plane: Kubectl,
    name: str,
    *,
    group: str | None = None,
    version: str | None = None,
    target_version: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The FederatedTypeConfig and the CustomResourceDefinition that `kubefedctl enable NAME` would create there.

    `group` and `version` are the federated type's, `target_version` is the type's own; kubefedctl's defaults unless
    given. Nothing is created. kubefedctl knows a type only at the version that the API server prefers.
    """
    asked = {"federated-group": group, "federated-version": version, "version": target_version}
    options = [f"--{option}={value}" for option, value in asked.items() if value is not None]
    # hyperfed is kubefedctl too, where its first argument says so.
    printed = plane.run("hyperfed", "kubefedctl", "enable", name, "--output=yaml", *options).stdout
    config, crd = yaml.safe_load_all(printed)
    return config, crd
