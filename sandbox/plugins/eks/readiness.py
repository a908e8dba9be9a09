"""The wait for a public endpoint, before the component gives out a kubeconfig.

The official component waits as long (pulumi-eks, nodejs/eks/cluster/cluster.ts): not in a preview, not for a private
endpoint, which it may be unable to reach, and at the end it goes on whether or not the API server has answered.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import urllib.request

LONGEST = 300.0
"""Seconds after which the component goes on."""

TIMEOUT = 1.0
"""Seconds for an answer."""

PAUSE = 0.25
"""Seconds between two attempts. The official component pauses for 5, but here a second counts."""


async def answering(endpoint: str) -> str:
    """The endpoint, once its API server says that it is healthy, or after LONGEST seconds."""
    end = time.monotonic() + LONGEST
    while not await asyncio.to_thread(_healthy, endpoint) and time.monotonic() < end:
        await asyncio.sleep(PAUSE)
    return endpoint


def _healthy(endpoint: str) -> bool:
    # The official component does not check the certificate either: nothing secret is sent or read.
    context = ssl._create_unverified_context()  # noqa: S323
    try:
        with urllib.request.urlopen(f"{endpoint}/healthz", timeout=TIMEOUT, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
