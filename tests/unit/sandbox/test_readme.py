"""sandbox/README.md: each path in it exists, each folder of code is in it, and its answers are in the files named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).parents[3]
PAGE = (PROJECT / "sandbox" / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:sandbox|tests)/[\w./]+)`", PAGE)))
DRAWN = sorted({word.rstrip("/") for word in re.findall(r"\b(?:aws|cli|clusters|plugins)/[\w./]*\w", PAGE)})
FOLDERS = sorted(
    str(folder.relative_to(PROJECT))
    for pattern in ("sandbox/*", "sandbox/aws/*", "sandbox/clusters/*")
    for folder in PROJECT.glob(pattern)
    if (folder / "__init__.py").exists() or folder.name == "tools"
)


@pytest.mark.parametrize("path", NAMED)
def test_a_path_in_the_page_exists(path: str) -> None:
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("path", DRAWN)
def test_a_path_in_the_picture_exists(path: str) -> None:
    assert (PROJECT / path).exists() or (PROJECT / "sandbox" / path).exists()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_the_sandbox_is_in_the_page(folder: str) -> None:
    assert f"`{folder}`" in PAGE


@pytest.mark.parametrize(
    ("question", "file", "code"),
    [
        ("answers CreateNodegroup", "sandbox/aws/eks/nodegroups.py", '@operation("CreateNodegroup")'),
        ("announces the node", "sandbox/aws/eks/nodes.py", "planes.add_node("),
        ("registers the node", "sandbox/clusters/controlplane.py", 'self._api.create("/api/v1/nodes", node('),
        ("runs kubefed's controller", "sandbox/clusters/kubelet/commands.py", 'tool(paths, "hyperfed")'),
        ("lists the resource types", "sandbox/plugins/aws/provider.py", "_TYPES"),
    ],
)
def test_the_page_names_the_file_that(question: str, file: str, code: str) -> None:
    assert f"`{file}`" in PAGE, question
    assert code in (PROJECT / file).read_text(), question
