"""The charts of examples/charts, and what docs/charts.md says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[3] / "examples" / "charts"
EXAMPLES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
"""The names of the files, which are the charts' names too."""
PAGE = FOLDER.parents[1] / "docs" / "charts.md"


def config(example: str) -> dict[str, Any]:
    """The settings of an example, by key without the project's prefix."""
    values = yaml.safe_load((FOLDER / f"{example}.yaml").read_text())["config"]
    return {key.removeprefix("federated-eks:"): value for key, value in values.items()}


def documented(example: str) -> list[str]:
    """The cells of an example's row in the page's table."""
    rows = [line for line in PAGE.read_text().splitlines() if f"(../examples/charts/{example}.yaml)" in line]
    assert len(rows) == 1, f"docs/charts.md has {len(rows)} rows for {example}"
    return [cell.strip() for cell in rows[0].strip("|").split(" | ")]


def registries(example: str) -> list[str]:
    """The registries that an example's images come from, by the table: the parameter of `image-registry`."""
    return [text.strip("`") for text in documented(example)[-1].split(", ")]
