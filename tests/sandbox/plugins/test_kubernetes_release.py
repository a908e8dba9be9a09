"""Helm releases through the real engine, the helm binary, and a real API server."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path

import pytest

from sandbox.clusters.client import ApiError
from sandbox.paths import Paths, tool
from tests.sandbox.plugins.conftest import Cluster
from tests.sandbox.plugins.engine import PROJECT, Stack

pytestmark = pytest.mark.kubernetes

PROGRAM = """
    import pulumi, pulumi_kubernetes as k
    release = k.helm.v3.Release(
        "words",
        name="words",
        chart="./chart",
        namespace="speech",
        create_namespace=True,
        values=VALUES,
        timeout=60,
    )
    pulumi.export("status", release.status)
    pulumi.export("names", release.resource_names)
"""
RELEASE = "kubernetes:helm.sh/v3:Release words"
WORDS = "/api/v1/namespaces/speech/configmaps/words"
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  word: {{ required "say a word" .Values.word | quote }}
{{- if .Values.broken }}
---
apiVersion: v1
kind: Service
metadata:
  name: broken
spec:
  type: Nonsense
{{- end }}
"""


@pytest.fixture
def release(kube: Stack) -> Stack:
    """A stack whose project holds a chart."""
    chart = kube.folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(
        json.dumps({"apiVersion": "v2", "name": "chart", "version": "1.2.3", "appVersion": "9"})
    )
    (chart / "templates" / "words.yaml").write_text(TEMPLATE)
    return kube


def values(stack: Stack, values: str) -> Stack:
    return stack.program(PROGRAM.replace("VALUES", values))


def test_a_release_is_installed_upgraded_and_uninstalled(release: Stack, cluster: Cluster) -> None:
    preview = values(release, '{"word": "hello"}').preview()
    assert preview.ok, preview.text
    up = release.up()
    assert up.ok, up.text
    assert up.changes == preview.changes == {"create": 2}
    assert release.outputs() == {
        "names": {"ConfigMap/v1": ["words"]},
        "status": {
            "app_version": "9",
            "chart": "chart",
            "name": "words",
            "namespace": "speech",
            "revision": 1,
            "status": "deployed",
            "version": "1.2.3",
        },
    }
    assert cluster.api.get(WORDS)["data"] == {"word": "hello"}
    assert release.up().changes == {}
    assert release.refresh().changes == {}
    assert values(release, '{"word": "bye"}').up().changes == {"update": 1}
    assert cluster.api.get(WORDS)["data"] == {"word": "bye"}
    assert release.outputs()["status"]["revision"] == 2
    destroyed = release.destroy()
    assert destroyed.ok, destroyed.text
    with pytest.raises(ApiError, match="NotFound"):
        cluster.api.get(WORDS)


def test_a_folder_whose_files_change_is_an_upgrade_with_its_next_version(release: Stack, cluster: Cluster) -> None:
    chart = release.folder / "chart"
    assert values(release, '{"word": "hello"}').up().ok
    inputs = release.resources()[RELEASE]["inputs"]
    assert inputs["version"] == "1.2.3"
    assert inputs["atomic"] is inputs["takeOwnership"] is False
    assert not {"checksum", "compat"} & inputs.keys()
    (chart / "templates" / "words.yaml").write_text(TEMPLATE.replace("data:", "data:\n  more: words"))
    assert release.up().changes == {}
    (chart / "Chart.yaml").write_text((chart / "Chart.yaml").read_text().replace("1.2.3", "1.2.4"))
    assert release.up().changes == {"update": 1}
    assert cluster.api.get(WORDS)["data"] == {"word": "hello", "more": "words"}
    assert release.destroy().ok


FOLLOWING = """
    metadata = {"name": "follower", "namespace": NAMESPACE}
    k.core.v1.ServiceAccount("follower", metadata=metadata)
"""


@pytest.mark.parametrize(
    ("namespace", "changes"),
    [
        ("release.status.namespace", {"update": 1, "replace": 1}),
        ('release.id.apply(lambda _: "speech")', {"update": 1}),
    ],
)
def test_a_release_that_changes_has_no_status_until_it_has_changed(
    release: Stack, cluster: Cluster, namespace: str, changes: dict[str, int]
) -> None:
    follower = FOLLOWING.replace("NAMESPACE", namespace)
    program = PROGRAM.replace('"names", release.resource_names', '"names", 0') + follower
    up = release.program(program.replace("VALUES", '{"word": "hello"}')).up()
    assert up.ok, up.text
    preview = release.program(program.replace("VALUES", '{"word": "bye"}')).preview()
    assert preview.changes == changes, preview.text
    assert release.up().changes == {"update": 1}
    assert release.destroy().ok


def test_a_null_takes_a_default_of_the_chart_away(release: Stack, cluster: Cluster) -> None:
    (release.folder / "chart" / "values.yaml").write_text("extra: from the chart\n")
    (release.folder / "chart" / "templates" / "words.yaml").write_text(
        TEMPLATE.replace("data:", 'data:\n  extra: {{ .Values.extra | default "none" | quote }}')
    )
    up = values(release, '{"word": "hello", "extra": None}').up()
    assert up.ok, up.text
    assert cluster.api.get(WORDS)["data"] == {"word": "hello", "extra": "none"}
    assert release.up().changes == {}
    assert release.refresh().changes == {}
    assert release.destroy().ok


def test_an_install_that_fails_is_kept_and_taken_up_by_the_next_up(release: Stack, cluster: Cluster) -> None:
    failed = values(release, '{"word": "hello", "broken": True}').up()
    assert not failed.ok
    assert 'Unsupported value: "Nonsense"' in failed.text
    assert release.resources()[RELEASE]["outputs"]["status"]["status"] == "failed"
    up = values(release, '{"word": "hello"}').up()
    assert up.ok, up.text
    assert release.outputs()["status"]["status"] == "deployed"
    assert release.destroy().ok


def test_a_release_that_was_interrupted_is_refused(release: Stack, cluster: Cluster) -> None:
    assert values(release, '{"word": "hello"}').up().ok
    path = "/api/v1/namespaces/speech/secrets/sh.helm.release.v1.words.v1"
    stored = cluster.api.get(path)
    cluster.api.patch(path, {"metadata": {"labels": {"status": "pending-install"}}, "data": pending(stored)})
    up = values(release, '{"word": "again"}').up()
    assert not up.ok
    assert "another operation (install/upgrade/rollback) is in progress" in up.text
    assert cluster.api.get(WORDS)["data"] == {"word": "hello"}
    assert release.destroy().ok


def test_a_release_whose_name_is_in_use_is_refused(release: Stack, cluster: Cluster) -> None:
    """Even if the provider takes over objects that exist."""
    release.env |= {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true"}
    assert values(release, '{"word": "hello"}').up().ok
    known = str(release.folder / "known.json")
    assert release.run("stack", "export", "--file", known).ok
    assert release.run("state", "delete", release.resources()[RELEASE]["urn"], "--yes").ok
    again = release.up()
    assert not again.ok
    assert "cannot re-use a name that is still in use" in again.text
    assert release.run("stack", "import", "--file", known).ok
    assert release.destroy().ok


def pending(stored: dict[str, dict[str, str]]) -> dict[str, str]:
    """The data of helm's record of a release, as it is in the middle of an install."""
    content = gzip.decompress(base64.b64decode(base64.b64decode(stored["data"]["release"])))
    release = json.loads(content)
    release["info"]["status"] = "pending-install"
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    return {"release": base64.b64encode(packed).decode()}


def test_values_and_credentials_are_in_no_command_line(release: Stack, tmp_path: Path) -> None:
    helm = tool(Paths(PROJECT), "helm")
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "helm").write_text(f'#!/bin/sh\necho "$@" >> {spy}/said\nexec {helm} "$@"\n')
    (spy / "helm").chmod(0o755)
    release.env["PATH"] = f"{spy}:{release.env['PATH']}"
    assert values(release, 'pulumi.Output.secret({"word": "sesame"})').up().ok
    said = (spy / "said").read_text()
    assert "install words ./chart" in said
    assert "sesame" not in said
    assert "sesame" not in json.dumps(release.resources())
    assert release.destroy().ok


def test_a_value_changed_by_hand_is_seen_by_refresh(release: Stack) -> None:
    assert values(release, '{"word": "hello"}').up().ok
    helm = tool(Paths(PROJECT), "helm")
    argv = [helm, "upgrade", "words", release.folder / "chart", "-n", "speech", "--set", "word=mine"]
    subprocess.run(argv, env=release.env, check=True)
    assert release.refresh().changes == {"update": 1}
    assert release.up().changes == {"update": 1}
    assert release.destroy().ok
