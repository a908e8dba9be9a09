"""A whole fleet's life in an AWS and on API servers that fail, and every place that its secrets may have got to."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets as randomness
import sys
import threading
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import yaml

from tests.faults.leaks import leaks
from tests.faults.ledger import Fault, Record, record
from tests.sandbox.checkout import Checkout, Result, fresh
from tests.sandbox.fleet.app import app, objects
from tests.sandbox.fleet.live import NAMESPACE, Fleet
from tests.sandbox.fleet.secrets import secrets

pytestmark = [pytest.mark.fleet, pytest.mark.long, pytest.mark.timeout(2400)]

WEATHER = {
    "seed": 15,
    "aws": [
        {"call": "*", "probability": 0.2, "fault": "throttle"},
        {"call": "*", "probability": 0.05, "fault": "error"},
    ],
    "clusters": [{"cluster": "*", "probability": 0.1, "fault": "throttle"}],
}
"""API servers only throttle: what is broken there on purpose is another test's."""

HOST, MEMBER = "federated-eks-1", "federated-eks-2"

PROGRAM = """
    import os

    shop = namespace("shop")
    password = pulumi.Output.secret(os.environ["SHOP_PASSWORD"])
    federated("Secret", "database", shop, {"stringData": {"password": password}})
    """

OWN = ("clusters", "etcd", "aws", "bin", "cloud.json", "env", "kubeconfig")
"""In `.sandbox`: where AWS and the clusters keep what is theirs, and the person's credentials."""


@dataclass
class Life:
    """What was done, and what it printed."""

    fleet: Fleet
    printed: dict[str, str] = field(default_factory=dict[str, str])
    """By the command."""
    codes: dict[str, int] = field(default_factory=dict[str, int])
    injected: int = 0
    seen: dict[str, set[str]] = field(default_factory=lambda: {"argv": set(), "environment": set()})
    """Arguments of all processes, and the environments of those that Pulumi didn't start."""
    values: dict[str, str] = field(default_factory=dict[str, str])
    """Every secret value, and where it comes from."""

    def add(self, command: str, done: Result) -> None:
        """Keep what a command printed."""
        self.printed[command], self.codes[command] = done.stdout, done.returncode

    def count(self) -> None:
        """Keep the number of faults so far."""
        url = self.fleet.checkout.environ()["AWS_ENDPOINT_URL"]
        with urllib.request.urlopen(f"{url}/sandbox/faults") as answer:  # noqa: S310
            self.injected = sum(one["times"] for one in json.load(answer))


@pytest.fixture(scope="module")
def life() -> Generator[Life]:
    with fresh() as checkout:
        checkout.sandbox("build")
        checkout.paths.faults.write_text(yaml.safe_dump(WEATHER))
        life = Life(Fleet(checkout))
        with watched(life):
            live(life, checkout)
        yield life


def live(life: Life, checkout: Checkout) -> None:
    """Bring a fleet up, use it, look at it in every way there is, and take it down."""
    fleet, folder = life.fleet, checkout.project / "reports"
    life.add("make up", checkout.sandbox("up", check=False, timeout=1500))
    life.count()
    if life.codes["make up"]:
        return
    stack = ("--stack", "sandbox")
    ops = [sys.executable, "-m", "ops"]
    life.add("pulumi up", fleet.pulumi("up", "--yes", "--skip-preview", check=False))
    life.add("ops preview", checkout.run(*ops, "preview", "run", *stack, "--into", str(folder), check=False))
    life.add("pulumi preview", fleet.pulumi("preview", "--diff", "--save-plan", str(folder / "plan"), check=False))
    life.add("pulumi preview --json", fleet.pulumi("preview", "--json", check=False))
    life.add("ops map", checkout.run(*ops, "map", *stack, "--output", str(folder / "map.html"), check=False))
    password = randomness.token_hex(16)
    life.values[password] = "a federated Secret"
    with app(fleet, "shop") as shop:
        shop.write(PROGRAM)
        done = checkout.run(
            *("pulumi", "--cwd", str(shop.folder), "up", "--yes", "--diff", "--color", "never", "--non-interactive"),
            *("--stack", "app"),
            check=False,
            timeout=600,
            env={"SHOP_PASSWORD": password},
        )
        life.add("pulumi up of a program", done)
        life.values |= collected(fleet)
        life.printed |= {f"file {name}": text for name, text in written(checkout)}
    life.count()
    life.add("make down", checkout.sandbox("down", check=False, timeout=1500))


def collected(fleet: Fleet) -> dict[str, str]:
    """The secret values of the state, of AWS and of the clusters."""
    found = dict.fromkeys(secrets(fleet), "the state")
    found[fleet.checkout.environ()["AWS_SECRET_ACCESS_KEY"]] = "the account's key"
    for cluster in (HOST, MEMBER):
        for name, secret in objects(fleet, cluster, "secrets", NAMESPACE).items():
            for key, value in (secret.get("data") or {}).items():
                if key not in ("ca.crt", "namespace", "tls.crt"):
                    found[base64.b64decode(value).decode("latin-1")] = f"{cluster} {name} {key}"
    return {value: where for value, where in found.items() if _hidden(value)}


def _hidden(value: str) -> bool:
    """Whether a value must be nowhere. A kubeconfig that signs in by a command is shown by pulumi_eks."""
    try:
        # Within JSON, it is a text with its quotes escaped.
        users = json.loads(json.loads(f'"{value}"') if value.startswith('{\\"') else value)["users"]
    except (ValueError, LookupError, TypeError):
        return len(value) >= 8 and value.isprintable()
    return any(user["user"].keys() != {"exec"} for user in users)


def written(checkout: Checkout) -> Iterator[tuple[str, str]]:
    """The files that the life has written, but for those of AWS and of the clusters themselves."""
    root = checkout.paths.root
    for file in checkout.project.rglob("*"):
        own = root in file.parents and file.relative_to(root).parts[0].startswith(OWN)
        if file.is_file() and not file.is_symlink() and not own and ".venv" not in file.parts:
            yield str(file.relative_to(checkout.project)), file.read_bytes().decode("latin-1")


@contextlib.contextmanager
def watched(life: Life) -> Generator[None]:
    """Look at all processes' arguments, and at the environments of the sandbox's own, again and again."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(2):
            own = set(life.fleet.checkout.processes())
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error):
                    life.seen["argv"].add("\0".join(process.cmdline()))
                    if process.pid in own and process.name() != "pulumi":
                        life.seen["environment"].add("\0".join(process.environ().values()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()


def _errors(output: str) -> list[str]:
    """The lines of a command's output that say what went wrong."""
    lines = [line.strip() for line in output.splitlines()]
    return [line for line in lines if "error" in line.lower()] or lines[-20:]


def test_a_fleet_lives_in_bad_weather(life: Life, record_property: Record) -> None:
    failed = {command: _errors(life.printed[command]) for command, code in life.codes.items() if code}
    record(record_property, Fault(kind="call failed", injected=life.injected, survived=0 if failed else life.injected))
    assert not failed, json.dumps(failed, indent=1)
    assert life.injected > 200, "a fleet makes thousands of calls"
    assert "unchanged" in life.printed["pulumi up"] and "created" not in life.printed["pulumi up"]


def test_no_secret_is_anywhere_in_plain(life: Life, record_property: Record) -> None:
    assert len(life.values) > 5
    places: dict[str, str] = {**life.printed, **{what: "\n".join(texts) for what, texts in life.seen.items()}}
    found, used = leaks(life.values, places), len(life.values)
    # The environment is where the person's own commands have the account's key.
    found = [leak for leak in found if leak != "the account's key in environment"]
    record(
        record_property,
        Fault(kind="secret used", injected=used, survived=max(used - len(found), 0), leaked=len(found)),
    )
    assert not found, "\n".join(found)


def test_what_may_have_a_secret_is_looked_at(life: Life) -> None:
    assert {"file reports/map.html", "file reports/comment.md", "file reports/plan"} <= life.printed.keys()
    assert any(name.endswith("sandbox.json") for name in life.printed), "the state"
    assert any("kube-apiserver" in text for text in life.seen["argv"])
    assert Path("/proc").exists() is bool(life.seen["environment"])
