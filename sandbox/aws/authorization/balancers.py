"""Elastic Load Balancing's checks of a call: load balancers and target groups, by their tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.elb.models import elb_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws.authorization.call import Call, named, tags_of
from sandbox.aws.authorization.policies import Check


def checks(call: Call) -> Iterator[Check]:
    """The check of a deletion. Every other call is checked on `*`."""
    if not call.operation.startswith("Delete"):
        yield call.check("*")
        return
    for parameter in ("LoadBalancerArn", "TargetGroupArn"):
        for arn in named(call.params, parameter):
            yield call.check(arn, tags=_tags(call, arn))
    for name in named(call.params, "LoadBalancerName"):
        classic: Any = elb_backends[call.principal.account][call.region]
        found = classic.load_balancers.get(name)
        yield call.check(call.arn(f"loadbalancer/{name}"), tags=tags_of(found.tags) if found else {})


def _tags(call: Call, arn: str) -> dict[str, str]:
    backend: Any = elbv2_backends[call.principal.account][call.region]
    return dict(backend.tagging_service.get_tag_dict_for_resource(arn))
