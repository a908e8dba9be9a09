"""kubefed's own release, changed while it federates."""

import json
from collections.abc import Generator

import pytest

from tests.sandbox.fleet.live import NAMESPACE, Fleet, unchanged

pytestmark = pytest.mark.fleet

HOST = "federated-eks-1"
SETTINGS = {"chart": ".sandbox/charts/kubefed", "hookImage": "docker.io/alpine/k8s:1.36.0"}
UNNAMED = {
    "apiVersion": "core.kubefed.io/v1beta1",
    "kind": "FederatedTypeConfig",
    "metadata": {"name": "not-its-target", "namespace": NAMESPACE},
    "spec": {
        "propagation": "Enabled",
        "targetType": {"kind": "Event", "pluralName": "events", "scope": "Namespaced", "version": "v1"},
        "federatedType": {"kind": "FederatedEvent", "pluralName": "e", "scope": "Namespaced", "version": "v1beta1"},
    },
}
"""A FederatedTypeConfig that isn't called after its target, as kubefed's webhook wants it."""


@pytest.fixture
def kubefed(live_fleet: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, and its settings as they were afterwards."""
    with live_fleet.settings_put_back():
        yield live_fleet
    live_fleet.pulumi("up", "--yes", "--skip-preview")


def test_a_changed_release_goes_through_in_one_update_and_its_webhook_judges_right_after(kubefed: Fleet) -> None:
    """Each upgrade of the chart renews its webhook's certificate, and the webhook judges what the upgrade changes."""
    (kubefed.checkout.project / "unnamed.json").write_text(json.dumps(UNNAMED))
    before = revision(kubefed)
    kubefed.configure(kubefed=SETTINGS)
    kubefed.pulumi("up", "--yes", "--skip-preview")
    assert revision(kubefed) == before + 1
    refused = kubefed.kubectl(HOST, "create", "-f", "unnamed.json", check=False)
    assert "admission webhook" in refused.stdout and "TARGET_PLURAL_NAME" in refused.stdout
    unchanged(kubefed.pulumi("up", "--yes", "--skip-preview").stdout)


def revision(fleet: Fleet) -> int:
    """How often kubefed has been installed and upgraded."""
    found = fleet.checkout.run("helm", "-n", NAMESPACE, "status", "kubefed", "-o", "json")
    return int(json.loads(found.stdout)["version"])
