"""A member's token that is lost, and the rotation of tokens."""

from __future__ import annotations

import base64
import json
import time

import pytest

from components.federation import tokens
from tests.sandbox import documented
from tests.sandbox.fleet.live import NAMESPACE, Fleet

pytestmark = pytest.mark.fleet

HOST, MEMBER = "federated-eks-1", "federated-eks-2"
ACCOUNT = f"{MEMBER}-{HOST}"
WARNING = (
    f"{MEMBER}: its API server refuses kubefed's token (401 Unauthorized); this update gives kubefed a new account"
)


def serial_of(fleet: Fleet) -> int:
    """The serial of the member's account; another test may have replaced the first one."""
    plan = json.loads(fleet.checkout.run("pulumi", "stack", "output", "plan", "-j", "-s", "sandbox").stdout)
    return int(plan["tokens"]["kubefed"][MEMBER])


def token_of(fleet: Fleet, secret: str) -> str:
    """The token that kubefed reads on the host."""
    found = fleet.kubectl(HOST, "-n", NAMESPACE, "get", "secret", secret, "-o", "json").stdout
    return base64.b64decode(json.loads(found)["data"]["token"]).decode()


def works(fleet: Fleet, token: str) -> bool:
    """Whether the member lets the bearer of a token in."""
    cluster = json.loads(fleet.checkout.run("kubectl", "config", "view", "--raw", "-o", "json").stdout)["clusters"]
    (server,) = (one["cluster"]["server"] for one in cluster if one["name"] == MEMBER)
    argv = ("kubectl", "auth", "whoami", "--token", token, "--server", server, "--insecure-skip-tls-verify")
    return fleet.checkout.run(*argv, check=False, env={"KUBECONFIG": "/dev/null"}).returncode == 0


def accounts(fleet: Fleet) -> set[str]:
    """kubefed's accounts in the member, with the names of their tokens' Secrets and of their roles."""
    kinds = ("serviceaccounts,secrets,clusterroles,clusterrolebindings", "-o", "name")
    listed = fleet.kubectl(MEMBER, "-n", NAMESPACE, "get", *kinds).stdout.split()
    return {name for name in listed if ACCOUNT in name}


def names(serial: int) -> set[str]:
    """The names of the objects of the member's account."""
    account = ACCOUNT + tokens.suffix(serial)
    role = f"rbac.authorization.k8s.io/kubefed-controller-manager:{account}"
    return {f"serviceaccount/{account}", f"secret/{account}", f"clusterrole.{role}", f"clusterrolebinding.{role}"}


def forgotten(fleet: Fleet, token: str) -> None:
    """Wait until the API server has forgotten a deleted token, which it remembers for ten seconds."""
    deadline = time.monotonic() + 30
    while works(fleet, token):
        assert time.monotonic() < deadline, "the token still works"
        time.sleep(0.5)


def test_a_lost_token_is_named_by_a_preview_and_replaced_by_the_update(live_fleet: Fleet) -> None:
    serial = serial_of(live_fleet)
    assert accounts(live_fleet) == names(serial)
    token = token_of(live_fleet, f"{MEMBER}{tokens.suffix(serial)}")
    live_fleet.kubectl(MEMBER, "-n", NAMESPACE, "delete", "secret", f"{ACCOUNT}{tokens.suffix(serial)}")
    forgotten(live_fleet, token)

    previewed = live_fleet.pulumi("preview").stdout
    assert WARNING in previewed
    assert f"{MEMBER}-member-account-token" in previewed and f"{HOST}-member" not in previewed

    updated = live_fleet.pulumi("up", "--yes", "--skip-preview").stdout
    assert WARNING in updated
    assert live_fleet.ready() == {HOST: "True", MEMBER: "True"}
    assert accounts(live_fleet) == names(serial + 1)
    assert works(live_fleet, token_of(live_fleet, f"{MEMBER}{tokens.suffix(serial + 1)}"))
    assert live_fleet.preview() == []


def test_a_rotation_replaces_every_token_and_deletes_the_old_accounts(live_fleet: Fleet) -> None:
    serial = serial_of(live_fleet)
    old = token_of(live_fleet, f"{MEMBER}{tokens.suffix(serial)}")
    before = secrets(live_fleet)
    rotated = documented.run(live_fleet.checkout, "Rotate", "python -m ops rotate", "--yes").stdout
    for name in (HOST, MEMBER):
        assert f"{name}: marked; its next update replaces the token in Secret kube-federation-system/{name}" in rotated
        assert f"{name}: Ready by the token in Secret kube-federation-system/{name}." in rotated
    assert accounts(live_fleet) == names(serial + 1)
    assert len(secrets(live_fleet)) == 2 and not secrets(live_fleet) & before
    forgotten(live_fleet, old)
    assert live_fleet.ready() == {HOST: "True", MEMBER: "True"}
    assert live_fleet.preview() == []


def secrets(fleet: Fleet) -> set[str]:
    """The Secrets with tokens on the host."""
    chosen = ("--field-selector", "type=Opaque", "-o", "jsonpath={.items[*].metadata.name}")
    listed = fleet.kubectl(HOST, "-n", NAMESPACE, "get", "secrets", *chosen).stdout.split()
    return {name for name in listed if name.startswith("federated-eks-")}
