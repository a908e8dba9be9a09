"""Karmada as the engine of workloads: a template, and the policies that say where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ...threads import in_thread
from .. import diagnosis, membership
from ..beside import Beside
from ..engine import HealthRule, Selection, Spread, Workload
from ..host_cluster import HostCluster
from ..membership import Labels
from ..placement import Placement
from ..served import Served
from . import failover, policies, shares, status
from .division import Division
from .interpreter import interpreter
from .placed import placed, stash
from .policies import Goal
from .template import body, digest
from .types import NAMESPACE, Template, template_of

GROUP = "policy.karmada.io"
"""The API group by which a host tells that it is Karmada's API server."""

SKIP = {"namespace.karmada.io/skip-auto-propagation": "true"}
"""Without it, Karmada puts every namespace into every cluster (API reference, well-known labels)."""

PROPAGATION, OVERRIDE = "PropagationPolicy", "OverridePolicy"
"""The kinds of policies in a namespace; those for cluster-scoped objects begin with `Cluster`."""


@dataclass(frozen=True, kw_only=True)
class KarmadaEngine:
    """Karmada's API server, which has no nodes: an object in it is the template of the clusters' objects."""

    host: HostCluster
    served: Served
    clusters: Output[Labels | None]
    """The clusters that have joined, with their labels; None if the host doesn't tell."""
    beside: Beside | None = None
    """kubefed, while workloads move: the clusters then keep what leaves Karmada."""
    divisions: dict[pulumi.Resource, Division] = field(default_factory=dict[pulumi.Resource, Division])
    """By the resource that declares the workload."""

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        """The label that keeps a namespace where its policy puts it."""
        return SKIP

    @property
    def keeps_namespaces(self) -> bool:
        """No: a namespace in Karmada's API is no cluster's own."""
        return False

    def place(
        self,
        name: str,
        workload: Workload,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        after: Sequence[pulumi.Resource],
        parent: pulumi.Resource,
    ) -> pulumi.CustomResource:
        """A stash that is created once each cluster has the workload as declared, and healthy. Raises ValueError.

        It comes after the template, which comes after its policies. A namespace that exists on the host is a template
        already, and its policy comes last.
        """
        template, division = template_of(workload, self.served), Division(workload)
        goal = self._goal(workload, division)
        specs = _specs(template, workload, goal, preserved=self.beside is not None)
        declared = digest(workload.template, specs)
        # A namespace takes what is in it in any order, overrides first too, which the clusters would still follow.
        options = partial(self.host.options, parent, deleted_with=None if self.beside else deleted_with)
        last = partial(options, minutes=minutes)
        policy, before = partial(_policy, template, workload, specs), [*after]
        if workload.overrides:
            before.append(policy(f"{name}-overrides", OVERRIDE, {}, options(after=after)))
        if workload.kind == NAMESPACE and workload.namespace is not None:
            found = policy(name, PROPAGATION, {status.DECLARED: declared}, last(after=before))
        else:
            before.append(policy(f"{name}-policy", PROPAGATION, {}, options(after=after)))
            object = body(template, workload, goal, declared, preserved=self.beside is not None)
            found = pulumi.CustomResource(template.token, name, object, last(after=before))
        hook = placed(
            f"{name}-placed",
            template,
            workload.namespace,
            kubeconfig=self.host.kubeconfig,
            expected=goal.apply(lambda goal: goal.expected),
            suspended=workload.suspended,
            minutes=minutes,
        )
        done = stash(f"{name}-placed", declared, hook, after=found, parent=parent)
        self.divisions[done] = division
        return done

    def _goal(self, workload: Workload, division: Division) -> Output[Goal]:
        """Where a workload goes, once the clusters that it asks for have joined."""
        checked = Output.all(
            membership.placed(workload, self.clusters),
            failover.check(workload, self.host.kubeconfig),
            self.beside.checked(workload.kind, workload.name, workload.namespace) if self.beside else None,
        )
        names = Output.all(*(workload.placement.clusters or ()))

        def found(known: Sequence[Any]) -> Goal:
            _, clusters, names = known
            return policies.goal(workload, names, division.use(), clusters)

        return Output.all(checked, self.clusters, names).apply(found)

    def select(self, workload: Workload, within: Placement) -> Output[Selection]:
        """The clusters that a workload's placement takes, of those that `within` takes too. Raises ValueError."""
        if workload.placement.chooses or within.chooses:
            raise ValueError(
                f"{workload.kind} {workload.name}: placement: in_regions and in_clusters let Karmada choose, and a "
                "name needs its clusters before; name them, or give a selector alone"
            )
        return membership.select(workload, within, self.clusters)

    async def obstacle(self, workload: Workload, namespace: str | None, cluster: str) -> str:
        """Karmada's word for why a cluster doesn't have a workload as declared; empty if it does."""
        template = template_of(workload, self.served)
        host = await in_thread(diagnosis.connect, await self.host.kubeconfig.future() or "")
        return status.obstacle(await in_thread(status.read, host, template, namespace), cluster)

    def spread(
        self,
        name: str,
        spread: Spread,
        *,
        minutes: int,
        deleted_with: pulumi.Resource | None,
        parent: pulumi.Resource,
    ) -> None:
        """Put a distribution into the workload's policy: there is no resource of its own. Raises ValueError, RunError.

        The workload's own minutes limit it.
        """
        shares.check(spread)
        if spread.placed is not None:
            self.divisions[spread.placed].set(spread)

    def judge(self, name: str, rule: HealthRule, *, parent: pulumi.Resource) -> None:
        """Declare the rule of a type's health to Karmada's resource interpreter."""
        interpreter(f"{name}-interpreter", rule, self.host, parent)


def _specs(template: Template, workload: Workload, goal: Output[Goal], *, preserved: bool) -> dict[str, Any]:
    """The specs of a workload's policies, by the kind that they have in a namespace."""
    object = policies.selector(template, workload.namespace)
    propagation = goal.apply(lambda goal: policies.propagation(object, workload, goal, preserved=preserved))
    overriding = {OVERRIDE: policies.overriding(object, workload)} if workload.overrides else {}
    return {PROPAGATION: propagation, **overriding}


def _policy(
    template: Template,
    workload: Workload,
    specs: Mapping[str, Input[Any]],
    name: str,
    kind: str,
    annotations: Mapping[str, Input[str]],
    options: ResourceOptions,
) -> pulumi.CustomResource:
    """A policy for one object. That of a namespace waits until the namespace is on the host."""
    namespace = Output.from_input(workload.namespace)
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=policies.API,
        kind=f"{template.scope}{kind}",
        metadata=metadata(
            namespace.apply(lambda _: template.binding),
            namespace=workload.namespace if template.namespaced else None,
            annotations=annotations,
        ),
        spec=specs[kind],
        opts=options,
    )
