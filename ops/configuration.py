"""A stack's configuration file, `Pulumi.<stack>.yaml`, which outlives the stack's outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ops.errors import UserError

PROJECT = Path(__file__).parents[1]
"""The folder in which Pulumi finds the project's stacks, and their configuration."""


def file(stack: str) -> Path:
    """Return the path of a stack's configuration; `stack` may be organization/project/name."""
    return PROJECT / f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def values(stack: str) -> dict[str, str]:
    """Return the values of a stack's configuration by their full keys, as Pulumi passes them to the program.

    The result is empty without the file. Raise UserError if the file is not a stack's configuration.
    """
    import yaml  # Installed with Pulumi's SDK. Imported here because `ops preview` runs where no package is installed.

    path = file(stack)
    try:
        config: Any = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError, AttributeError, LookupError, TypeError) as error:
        problem = (
            f"can't be read ({error.strerror})" if isinstance(error, OSError) else "is not a stack's configuration"
        )
        raise UserError(
            f"--stack: {stack}: {path.name} {problem}, and it has the identity for AWS; restore that file from version "
            "control"
        ) from None
