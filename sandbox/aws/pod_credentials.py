"""The credentials of a pod's role, as the agent of EKS Pod Identity gets them for the pod.

The journal has no such session: a pod that outlives the sandbox's process starts its containers anew, with others.
"""

from __future__ import annotations

import uuid
from typing import Any

from moto.sts.models import sts_backends

from sandbox.aws import seeded_random
from sandbox.aws.eks.state import Cluster

AGENT = "eks-pod-identity-agent"

SECONDS = 6 * 3600
"""How long a session lasts; the agent renews it before."""


def assume(cluster: Cluster, namespace: str, service_account: str) -> Any | None:
    """A new session of the service account's role; None without an association, or without the agent."""
    wanted = (namespace, service_account)
    associations = cluster.pod_identities.values()
    found = next((each for each in associations if (each["namespace"], each["serviceAccount"]) == wanted), None)
    if found is None or AGENT not in cluster.addons:
        return None
    unique = str(uuid.uuid4())
    with seeded_random.drawn(f"pod/{unique}"):
        return sts_backends[cluster.key.account]["aws"].assume_role(
            region_name=cluster.key.region,
            role_session_name=f"eks-{cluster.key.name}-{unique}"[:64],
            role_arn=found["roleArn"],
            policy="",
            duration=SECONDS,
            external_id="",
        )
