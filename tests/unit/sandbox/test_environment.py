import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.errors import UserError
from sandbox.setup import environment
from sandbox.setup.environment import LOCK, REQUIREMENTS, STAMP, TEST_REQUIREMENTS, ensure, main

pytestmark = pytest.mark.unit

BOOTSTRAP = Path(environment.__file__).parent / "bootstrap.py"


PIP = """
import sys
from pathlib import Path
print("Collecting one")
with Path("calls").open("a") as calls:
    print(*sys.argv[1:], file=calls)
sys.exit(any("no-such-package" in Path(arg).read_text() for arg in sys.argv if arg.endswith((".txt", ".lock"))))
"""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An environment without pip, and a pip that only pretends: a real one takes seconds."""
    pip = tmp_path_factory.mktemp("modules") / "pip"
    pip.mkdir()
    (pip / "__main__.py").write_text(PIP)
    monkeypatch.setenv("PYTHONPATH", f"{pip.parent}:{BOOTSTRAP.parents[1]}")
    monkeypatch.setattr(environment, "VENV", ["-m", "venv", "--without-pip"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that requires no package at all."""
    for name in (*REQUIREMENTS, *TEST_REQUIREMENTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def stamp(project: Path) -> "dict[str, str]":
    return json.loads((project / ".venv" / STAMP).read_text())


def test_an_environment_is_made_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(project, []) == 0
    assert set(stamp(project)) == set(REQUIREMENTS)
    assert "Installing the Python packages: done" in capsys.readouterr().out
    assert main(project, []) == 0
    assert capsys.readouterr().out == ""
    assert main(project, ["--tests"]) == 0
    assert set(stamp(project)) == {*REQUIREMENTS, *TEST_REQUIREMENTS}
    assert main(project, []) == 0


@pytest.mark.parametrize("name", REQUIREMENTS)
@pytest.mark.usefixtures("quick")
def test_a_requirement_that_could_not_be_installed_is_tried_again(name: str, project: Path) -> None:
    ensure(project, REQUIREMENTS)
    text = (project / name).read_text()
    (project / name).write_text("no-such-package==1\n")
    for _ in range(2):
        with pytest.raises(UserError, match="installing the Python packages"):
            ensure(project, REQUIREMENTS)
    (project / name).write_text(text)
    ensure(project, REQUIREMENTS)
    assert set(stamp(project)) == set(REQUIREMENTS)


def test_without_a_network_it_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    (project / LOCK).write_text(f"federated-eks-no-such-package==1 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(UserError, match=r"installing the Python packages: the package registries can't be reached"):
        ensure(project, REQUIREMENTS)


@pytest.mark.usefixtures("quick")
def test_pip_requires_hashes_of_the_locked_packages_alone(project: Path) -> None:
    ensure(project, [*REQUIREMENTS, *TEST_REQUIREMENTS])
    locked, others = (line.split() for line in (project / "calls").read_text().splitlines())
    assert locked[-3:] == ["--require-hashes", "-r", LOCK]
    assert "--require-hashes" not in others
    assert [name for name in others if "requirements" in name] == [REQUIREMENTS[1], *TEST_REQUIREMENTS]


@pytest.mark.parametrize("half", ["stamp", "python"])
@pytest.mark.usefixtures("quick")
def test_a_half_made_environment_is_made_anew(project: Path, half: str, capsys: pytest.CaptureFixture[str]) -> None:
    ensure(project, REQUIREMENTS)
    (project / ".venv" / (STAMP if half == "stamp" else "bin/python")).unlink()
    (project / ".venv" / "stray").touch()
    ensure(project, REQUIREMENTS)
    assert "half made" in capsys.readouterr().out
    assert not (project / ".venv" / "stray").exists()
    assert subprocess.run([project / ".venv/bin/python", "-c", ""], check=False).returncode == 0


@pytest.mark.usefixtures("quick")
def test_a_link_to_an_environment_that_is_not_ours_is_replaced_not_followed(project: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "precious").touch()
    (project / ".venv").symlink_to(theirs)
    ensure(project, REQUIREMENTS)
    assert (theirs / "precious").exists()
    assert not (project / ".venv").is_symlink()


@pytest.mark.usefixtures("quick")
def test_a_copy_that_links_to_a_whole_environment_uses_it(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ensure(project, REQUIREMENTS)
    copy = tmp_path_factory.mktemp("copy")
    for name in REQUIREMENTS:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_bytes((project / name).read_bytes())
    (copy / ".venv").symlink_to(project / ".venv")
    ensure(copy, REQUIREMENTS)
    assert (copy / ".venv").is_symlink()


@pytest.mark.usefixtures("quick")
def test_two_at_once_make_it_once(project: Path) -> None:
    script = (
        "from sandbox.setup.environment import *; VENV.append('--without-pip'); sys.exit(main(Path(sys.argv[1]), []))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, project], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Making the Python environment: done" in text for text in said) == 1


def test_a_python_without_venv_is_told_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert main(project, []) == 1
    assert "has no venv module; install it (on Debian and Ubuntu: apt-get install python3." in capsys.readouterr().err


def test_a_full_disk_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(environment, "_create", full)
    assert main(project, []) == 1
    assert capsys.readouterr().err == f"error: {project}/.venv: No space left on device; mend that and try again\n"


def test_an_old_python_is_told_in_one_line() -> None:
    pretend = (
        f"import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path({str(BOOTSTRAP)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: this is Python 3.9, and 3.10 or newer is needed; install one and name it: make PYTHON=python3.12 up, "
        "for instance\n"
    )


def test_an_old_python_can_read_the_check() -> None:
    """No syntax newer than Python 3.0 in the file that says so: no f-string, no walrus, no newer annotation."""
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 3))
