"""Programs that the documentation prints, run as printed by a user who has nothing but a Python and the Pulumi CLI."""

import re
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.sandbox.checkout import PROJECT
from tests.sandbox.fleet.app import App, eventually, objects, running
from tests.sandbox.fleet.live import Fleet

pytestmark = pytest.mark.fleet

FIRST, SECOND = "federated-eks-1", "federated-eks-2"
PAGE = PROJECT / "docs" / "workloads.md"


def printed(file: str) -> str:
    """The content of a file as the page prints it."""
    (content,) = re.findall(rf"^`{re.escape(file)}`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return content


@pytest.fixture(scope="module")
def shop(live_fleet: Fleet) -> Generator[App, None, None]:
    """The page's program in a folder of its own, with an environment that has nothing but an installation of this."""
    folder = live_fleet.checkout.project / "apps" / "documented"
    folder.mkdir(parents=True)
    for file in ("Pulumi.yaml", "__main__.py"):
        (folder / file).write_text(printed(file))
    run = live_fleet.checkout.run
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv"))
    # The newest SDKs of the ranges would ask for plugins of their own versions. pip itself would take a minute of CPU.
    uv = [str(PROJECT / ".venv" / "bin" / "uv"), "pip", "install", "-q", "--python", str(folder / ".venv")]
    run(*uv, "-c", "requirements.txt", str(live_fleet.checkout.project), timeout=800)
    run("pulumi", "--cwd", str(folder), "stack", "init", "sandbox")
    program = App(live_fleet, folder, stack="sandbox")
    try:
        yield program
    finally:
        program.destroy("--remove", check=False)


def test_the_package_is_typed_and_has_no_file_of_the_program(shop: App) -> None:
    script = "import federated_eks, pathlib; print(*pathlib.Path(federated_eks.__file__).parent.iterdir(), sep='\\n')"
    listed = shop.fleet.checkout.run(str(shop.folder / ".venv" / "bin" / "python"), "-c", script).stdout.split()
    names = {Path(file).name for file in listed} - {"__pycache__"}
    here = {file.name for file in (PROJECT / "components").iterdir()} - {"__pycache__"}
    assert names == here
    assert "py.typed" in names


def test_the_program_of_the_page_about_workloads_runs_as_printed(live_fleet: Fleet, shop: App) -> None:
    shop.up()
    texts = {
        cluster: objects(live_fleet, cluster, "configmaps", "shop")["greeting"]["data"]["text"]
        for cluster in (FIRST, SECOND)
    }
    assert texts == {FIRST: "Hello", SECOND: "Bonjour"}
    eventually(lambda: sum(running(live_fleet, (FIRST, SECOND), "shop", "web").values()), 7)
    assert objects(live_fleet, FIRST, "prometheuses", "shop") == {}
    assert set(objects(live_fleet, SECOND, "prometheuses", "shop")) == {"metrics"}
    shop.destroy()
    for cluster in (FIRST, SECOND):
        assert "shop" not in live_fleet.kubectl(cluster, "get", "namespaces", "-o", "name").stdout
