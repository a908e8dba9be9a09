from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ops.preview import secrets
from ops.preview.secrets import SECRET

pytestmark = pytest.mark.unit

MARKED = {secrets.SIGNATURE: secrets.IS_SECRET, "ciphertext": "[secret]"}
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIgeheim\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnZWhlaW0ifQ.c2lnbmF0dXJlZ2VoZWlt"


@pytest.mark.parametrize(
    "value",
    [
        MARKED,
        {secrets.SIGNATURE: secrets.IS_OUTPUT, "secret": True, "value": "geheim"},
        {secrets.SIGNATURE: secrets.IS_SECRET, "plaintext": '"geheim"'},
        PEM,
        PEM.partition("-----END")[0],
        JWT,
        "k8s-aws-v1.aHR0cHM6Ly9zdHMgeheim",
        "AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_a_secret_is_one_however_deep_it_lies(value: Any) -> None:
    for wrapped in (value, [value], {"a": [{"b": value}]}, json.dumps({"a": {"b": [value]}})):
        shown = json.dumps(secrets.redact("a:b:C", {"p": wrapped}))
        assert SECRET in shown
        assert "geheim" not in shown and "MII" not in shown and "eyJ" not in shown and "AKIA" not in shown


@pytest.mark.parametrize(
    "name", ["password", "masterPassword", "token", "client-key-data", "secretString", "private_key", "SecretAccessKey"]
)
def test_what_is_called_a_secret_is_one(name: str) -> None:
    text = json.dumps({"users": [{"user": {name: "geheim"}}]})
    for value in ({name: "geheim"}, {name: ["geheim"]}, text, f"a: 1\n  {name}: geheim\nb: 2", f'{name} = "geheim"'):
        shown = json.dumps(secrets.redact("a:b:C", {"p": value}))
        assert "geheim" not in shown and SECRET in shown


@pytest.mark.parametrize("name", ["kubeconfig", "kubeConfig", "kubeconfigJson", "kubeconfig_json"])
def test_a_kubeconfig_is_a_secret_of_whatever_form(name: str) -> None:
    for value in ({"users": []}, json.dumps({"users": []}), "users: []"):
        assert secrets.redact("a:b:C", {name: value}) == {name: SECRET}
    assert secrets.redact("a:b:C", {name: secrets.UNKNOWN}) == {name: secrets.UNKNOWN}


def test_a_kubernetes_secret_shows_its_keys_no_more_than_its_values() -> None:
    properties = {"data": {"ca.crt": "geheim"}, "stringData": {"x": "geheim"}, "metadata": {"name": "s"}}
    assert secrets.redact("kubernetes:core/v1:Secret", properties) == {
        "data": SECRET,
        "stringData": SECRET,
        "metadata": {"name": "s"},
    }


def test_what_is_no_secret_is_shown() -> None:
    open_ = {
        "httpTokens": "required",
        "automountServiceAccountToken": True,
        "secretRef": {"name": "s"},
        "policy": json.dumps({"Statement": [{"Action": "secretsmanager:GetSecretValue"}]}),
        "tags": {"a": "[1, 2"},
        "command": ["aws", "eks", "get-token"],
    }
    assert secrets.redact("a:b:C", open_) == {
        **open_,
        "policy": {"Statement": [{"Action": "secretsmanager:GetSecretValue"}]},
    }


def test_a_text_in_base64_is_read_and_what_is_not_text_is_not() -> None:
    script = "#!/bin/bash\nexport PASSWORD=geheim\n" + "echo hello\n" * 9
    shown = secrets.redact_value(base64.b64encode(script.encode()).decode())
    assert shown.startswith("#!/bin/bash\nexport PASSWORD=[secret]\n")
    noise = base64.b64encode(bytes(range(128, 255))).decode()
    assert secrets.redact_value(noise) == noise
    assert secrets.redact_value("a" * 64) == "a" * 64


def test_what_pulumi_notes_for_itself_is_left_out() -> None:
    assert secrets.redact("a:b:C", {"__defaults": [], "a": 1}) == {"a": 1}
