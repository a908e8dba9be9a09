"""Signing in by a kubeconfig's command: its token is kept until it expires, and its failure is one line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from sandbox.plugins.kubernetes.credentials import Credentials
from sandbox.plugins.kubernetes.helm import kubeconfig
from sandbox.plugins.kubernetes.kubeconfig import Connection, load
from sandbox.plugins.provider import ProviderError

pytestmark = pytest.mark.unit


def command(folder: Path, script: str) -> Connection:
    """A connection whose user signs in by a script."""
    program = folder / "sign-in"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    run = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": str(program), "args": ["x"]}
    return Connection(server="https://127.0.0.1:1", command={**run, "env": [{"name": "WHO", "value": "me"}]})


def counting(folder: Path, lasts: timedelta) -> str:
    """A script that gives another token each time."""
    expires = (datetime.now(timezone.utc) + lasts).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"echo run >> {folder}/runs\n"
        f'echo \'{{"status": {{"token": "\'$WHO-$1-$(wc -l < {folder}/runs | tr -d " ")\'", '
        f'"expirationTimestamp": "{expires}"}}}}\''
    )


def test_a_token_is_kept_until_it_expires_or_is_refused(tmp_path: Path) -> None:
    credentials = Credentials(command(tmp_path, counting(tmp_path, timedelta(minutes=14))))
    assert credentials.token() == "me-x-1"
    assert credentials.token(lasting=600) == "me-x-1"
    assert credentials.token(lasting=3600) == "me-x-2"
    credentials.forget()
    assert credentials.token() == "me-x-3"


def test_a_token_about_to_expire_is_not_used(tmp_path: Path) -> None:
    credentials = Credentials(command(tmp_path, counting(tmp_path, timedelta(seconds=30))))
    assert [credentials.token(), credentials.token()] == ["me-x-1", "me-x-2"]


def test_a_command_that_fails_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"sign-in` failed \(exit code 3\): no such cluster$"):
        Credentials(command(tmp_path, "echo first >&2; echo no such cluster >&2; exit 3")).token()
    gone = Connection(server="https://127.0.0.1:1", command={"apiVersion": "v1", "command": "no-such-program"})
    with pytest.raises(ProviderError, match="there is no command 'no-such-program' on PATH"):
        Credentials(gone).token()


def test_helm_gets_the_token_in_place_of_the_command(tmp_path: Path) -> None:
    connection = command(tmp_path, counting(tmp_path, timedelta(minutes=14)))
    given = load(json.dumps(kubeconfig(connection, Credentials(connection).token())))
    assert (given.server, given.token, given.command) == ("https://127.0.0.1:1", "me-x-1", None)


def test_a_kubeconfigs_files_are_relative_to_it_and_what_it_has_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"a certificate")
    cluster = {"server": "https://127.0.0.1:1/", "certificate-authority": "ca.pem"}
    config = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "namespace": "n"}}],
        "current-context": "x",
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    connection = load(str(path))
    assert (connection.server, connection.authority, connection.namespace) == (
        "https://127.0.0.1:1",
        b"a certificate",
        "n",
    )
    cluster["proxy-url"] = "http://proxy"
    with pytest.raises(ProviderError, match=r"kubeconfig: cluster\.proxy-url is not in the sandbox's stand-in"):
        load(json.dumps(config))
