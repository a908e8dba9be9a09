"""The wait until a workload is in every cluster of its placement, as declared and healthy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pulumi
from pulumi import Input, Output

from ...threads import in_thread
from .. import diagnosis
from . import status
from .types import Template

FIRST, PAUSE = 0.1, 1.0
"""Seconds between the first two looks, and the most between two; each pause is twice the one before.

Karmada places a new object within some tenths of a second.
"""

CALM = 3
"""Looks in a row that must find a changed workload placed; one look is enough for a new one.

Karmada's controllers each follow another's objects. A cluster without a status of its own, of a ConfigMap say, reports
as applied what it was given before, until Karmada has given it the last change.
"""


def placed(
    name: str,
    template: Template,
    namespace: Input[str] | None,
    *,
    kubeconfig: Output[str],
    expected: Output[Sequence[str] | None],
    suspended: bool | Sequence[str],
    minutes: int,
) -> pulumi.ResourceHook:
    """A hook that ends once a template is in each cluster that is `expected`; None: that Karmada has chosen.

    `name` is unique among the stack's hooks. It fails the update after `minutes`, with Karmada's word for each cluster.
    """

    async def wait(_: pulumi.ResourceHookArgs) -> None:
        host = await in_thread(diagnosis.connect, await kubeconfig.future() or "")
        where = await Output.from_input(namespace).future()
        clusters = await expected.future()
        deadline, calm, pause = time.monotonic() + 60 * minutes, 0, FIRST
        while True:
            found = await in_thread(status.read, host, template, where)
            why = status.behind(found, clusters, suspended)
            calm = 0 if why else calm + 1
            if calm == CALM or (calm and status.never_changed(found)):
                return
            if why and time.monotonic() > deadline:
                raise pulumi.RunError(f"{template.kind} {template.name}: {why}")
            # The looks at a changed workload have to be apart.
            await asyncio.sleep(PAUSE if calm else pause)
            pause = min(2 * pause, PAUSE)

    return pulumi.ResourceHook(name, wait)


def stash(
    name: str, declared: Input[str], hook: pulumi.ResourceHook, *, after: pulumi.Resource, parent: pulumi.Resource
) -> pulumi.Stash:
    """A stash of a declaration's digest, which is created, and updated, once the hook has ended.

    It is there for the hook alone. A hook that runs after the template's own creation would stop all others: the engine
    holds the new state's lock meanwhile, for which its writes of the stack's state wait (pulumi/pulumi,
    pkg/resource/deploy/step.go, CreateStep.Apply). And an update that fails in this one waits again the next time.
    """
    hooks = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])
    options = pulumi.ResourceOptions(parent=parent, depends_on=[after], hooks=hooks)
    return pulumi.Stash(name, input=declared, opts=options)
