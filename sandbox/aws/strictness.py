"""The installation of the rules in which moto is laxer than AWS or incomplete, once for the process."""

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
"""The modules with rules, each for one kind of AWS's things."""


def install() -> None:
    """Put every rule into moto."""
    rules.install()
