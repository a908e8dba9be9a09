"""Where moto is kinder than AWS, or leaves something out: our rules put in its place, once for the process."""

from __future__ import annotations

from sandbox.aws import (
    autoscaling,
    autoscaling_instances,
    iam,
    kms,
    load_balancers,
    logs,
    role_updates,
    rules,
    service_quotas,
    ssm,
    sts,
)
from sandbox.aws.ec2 import (
    addresses,
    endpoints,
    flow_logs,
    instances,
    interfaces,
    internet_gateways,
    launch_templates,
    nat_gateways,
    offerings,
    peerings,
    route_tables,
    routes,
    security_groups,
    subnets,
    vpcs,
    zones,
)
from sandbox.aws.route53 import health_checks, records
from sandbox.aws.route53 import zones as hosted_zones

NOUNS = (
    addresses,
    autoscaling,
    autoscaling_instances,
    endpoints,
    flow_logs,
    health_checks,
    hosted_zones,
    iam,
    instances,
    interfaces,
    internet_gateways,
    kms,
    launch_templates,
    load_balancers,
    logs,
    nat_gateways,
    offerings,
    peerings,
    records,
    role_updates,
    route_tables,
    routes,
    security_groups,
    service_quotas,
    ssm,
    sts,
    subnets,
    vpcs,
    zones,
)
"""The modules that hold rules, each about one thing of AWS."""


def install() -> None:
    """Put every rule into moto."""
    rules.install()
