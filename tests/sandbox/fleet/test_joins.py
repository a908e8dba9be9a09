"""A member whose account is lost: the join that fails says why, and a refresh makes it good."""

from collections.abc import Generator

import pytest

from tests.sandbox.fleet.live import NAMESPACE, Fleet

pytestmark = pytest.mark.fleet

MEMBER = "federated-eks-2"
ACCOUNT = "federated-eks-2-federated-eks-1"


@pytest.fixture
def lost(live_fleet: Fleet) -> Generator[Fleet, None, None]:
    """The fleet, with a member that was deleted on the host, and whose account was deleted in the member."""
    live_fleet.kubectl(MEMBER, "-n", NAMESPACE, "delete", "serviceaccount", ACCOUNT)
    live_fleet.kubectl("federated-eks-1", "-n", NAMESPACE, "delete", "kubefedcluster", MEMBER)
    with live_fleet.settings_put_back(kubefed={"chart": ".sandbox/charts/kubefed", "timeoutMinutes": 1}):
        yield live_fleet


def test_a_join_that_fails_names_the_cluster_and_kubefed_s_reason_and_is_made_good(lost: Fleet) -> None:
    (joined,) = (urn for urn in lost.resources() if urn.endswith(f"::{MEMBER}-member-kubefedcluster"))
    done = lost.pulumi("up", "--yes", "--refresh", "--target", joined, check=False)
    assert done.returncode != 0
    told = [line for line in done.stdout.splitlines() if "error: KubeFedCluster federated-eks-2: " in line]
    assert told, done.stdout
    assert "Offline is True (ClusterNotReachable" in told[0]
    assert "the server has asked for the client to provide credentials" in told[0]

    lost.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert lost.ready() == {"federated-eks-1": "True", MEMBER: "True"}
    assert lost.preview() == []
