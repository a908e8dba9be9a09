"""Samples of AWS's checks for each call of a fleet: resources with their tags, and the conditions' values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.aws.authorization import ec2
from sandbox.aws.authorization.policies import Check, Context

NUMBER = "123456789012"
AWS = "arn:aws:iam::aws:policy"

PASSED = {
    "aws:ec2/flowLog:FlowLog": "vpc-flow-logs.amazonaws.com",
    "aws:autoscaling/group:Group": "ec2.amazonaws.com",
    "aws:iam/instanceProfile:InstanceProfile": "ec2.amazonaws.com",
    "aws:eks/cluster:Cluster": "eks.amazonaws.com",
    "aws:eks/nodeGroup:NodeGroup": "ec2.amazonaws.com",
    "aws:eks/fargateProfile:FargateProfile": "eks-fargate-pods.amazonaws.com",
    "aws:eks/addon:Addon": "pods.eks.amazonaws.com",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "pods.eks.amazonaws.com",
}
"""By type: the service that a role is passed to."""

LINKED = {
    "aws:autoscaling/group:Group": "autoscaling.amazonaws.com",
    "aws:eks/cluster:Cluster": "eks.amazonaws.com",
    "aws:eks/nodeGroup:NodeGroup": "eks-nodegroup.amazonaws.com",
    "aws:eks/fargateProfile:FargateProfile": "eks-fargate.amazonaws.com",
}
"""By type: the service whose linked role is created with the first of it."""

LISTS = (
    *("servicequotas:", "autoscaling:Describe", "logs:Describe", "kms:ListAliases", "ssm:DescribeParameters"),
    *("eks:DescribeAddonVersions", "eks:DescribeClusterVersions"),
)
"""The beginnings of actions that have no narrower resource than all."""

CHILDREN = {
    "Nodegroup": "nodegroup/{cluster}/nodes/1",
    "Addon": "addon/{cluster}/coredns/1",
    "FargateProfile": "fargateprofile/{cluster}/jobs/1",
    "AccessEntry": "access-entry/{cluster}/role/123456789012/admin/1",
    "AccessPolic": "access-entry/{cluster}/role/123456789012/admin/1",
    "PodIdentityAssociation": "podidentityassociation/{cluster}/a-1",
}


@dataclass(frozen=True)
class World:
    """A fleet's resources: `Attach...` gets `policies`, roles have `boundary`."""

    fleet: str
    stack: str
    cluster: str
    policies: tuple[str, ...]
    region: str = "eu-west-1"
    boundary: str = ""

    def checks(self, kind: str, action: str) -> Iterator[Check]:
        """The checks of a call that the official providers make for a type or a function."""
        service, _, operation = action.partition(":")
        if action.startswith(LISTS):
            yield self._check(action, "*")
        elif service == "ec2":
            yield from self._ec2(kind, action, operation)
        elif service == "iam":
            yield from self._iam(kind, action, operation)
        elif service == "kms":
            yield from self._kms(action, operation)
        elif service == "route53":
            yield self._check(action, "arn:aws:route53:::hostedzone/Z1")
        else:
            for resource in self._named(kind, service, operation):
                yield self._check(action, resource)

    def _check(self, action: str, resource: str, **more: str) -> Check:
        context: dict[str, str] = {"aws:RequestedRegion": self.region}
        return Check(action, resource, context | {key.replace("_", ":", 1): value for key, value in more.items()})

    def _tags(self, key: str) -> dict[str, str]:
        return {f"{key}/fleet": self.fleet, f"{key}/stack": self.stack}

    def _with(self, check: Check, more: Context) -> Check:
        return Check(check.action, check.resource, {**check.context, **more})

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{NUMBER}:{resource}"

    def _ec2(self, kind: str, action: str, operation: str) -> Iterator[Check]:
        owned, asked = self._tags("aws:ResourceTag"), self._tags("aws:RequestTag")
        if action == "ec2:RunInstances":
            template = self._arn("ec2", "launch-template/lt-1")
            yield self._with(self._check(action, template, ec2_LaunchTemplate=template), owned)
            parts = [self._arn("ec2", f"{part}/x-1") for part in (*ec2.PARTS, "subnet", "security-group")]
            for part in (*parts, f"arn:aws:ec2:{self.region}::image/ami-1"):
                yield self._check(action, part, ec2_LaunchTemplate=template)
            return
        if operation in ("CreateTags", "DeleteTags"):
            yield self._with(self._check(action, self._arn("ec2", "vpc/vpc-1")), owned | asked)
            if operation == "CreateTags" and kind.startswith(("aws:vpc/", "aws:ec2/defaultSecurityGroup")):
                late = "security-group-rule/sgr-1" if kind.startswith("aws:vpc/") else "security-group/sg-1"
                yield self._with(self._check(action, self._arn("ec2", late)), asked)
            if operation == "CreateTags" and kind.endswith(("NodeGroup", ":Group")):
                run = self._check(action, self._arn("ec2", "instance/*"), ec2_CreateAction="RunInstances")
                yield self._with(run, asked)
            return
        on = ec2.ACTIONS.get(operation)
        if on is None or operation.startswith("Describe"):
            yield self._check(action, "*" if on is None else self._arn("ec2", "vpc/vpc-1"))
            return
        for existing in on.existing.values():
            yield self._with(
                self._check(action, self._arn("ec2", f"{existing}/x-1")), owned | (asked if on.new else {})
            )
        if on.new:
            new = self._arn("ec2", f"{on.new}/*")
            yield self._with(self._check(action, new), asked)
            if on.new != "security-group-rule":
                yield self._with(self._check("ec2:CreateTags", new, ec2_CreateAction=operation), asked)

    def _iam(self, kind: str, action: str, operation: str) -> Iterator[Check]:
        role = f"arn:aws:iam::{NUMBER}:role/{self.cluster}-nodes-1a2b3c4"
        bounded = {"iam:PermissionsBoundary": self.boundary} if self.boundary else {}
        if operation == "CreateServiceLinkedRole":
            service = LINKED[kind]
            linked = f"arn:aws:iam::{NUMBER}:role/aws-service-role/{service}/AWSServiceRole"
            yield self._check(action, linked, iam_AWSServiceName=service)
        elif operation == "PassRole":
            yield self._check(action, role, iam_PassedToService=PASSED[kind])
        elif operation in ("AttachRolePolicy", "DetachRolePolicy"):
            for policy in self.policies:
                yield self._with(self._check(action, role, iam_PolicyARN=policy), bounded)
        elif "OpenIDConnect" in operation:
            provider = f"arn:aws:iam::{NUMBER}:oidc-provider/oidc.eks.{self.region}.amazonaws.com/id/0123"
            tags = self._tags("aws:RequestTag" if operation.startswith(("Create", "Tag")) else "aws:ResourceTag")
            yield self._with(self._check(action, provider), tags)
        elif "InstanceProfile" in operation and operation != "ListInstanceProfilesForRole":
            yield self._check(action, f"arn:aws:iam::{NUMBER}:instance-profile/{self.fleet}-bastion-profile-1a2b3c4")
        else:
            yield self._with(self._check(action, role), bounded)

    def _kms(self, action: str, operation: str) -> Iterator[Check]:
        owned, asked = self._tags("aws:ResourceTag"), self._tags("aws:RequestTag")
        key = self._check(action, self._arn("kms", "key/k-1"))
        if operation in ("CreateKey", "TagResource"):
            yield self._with(self._check(action, "*"), asked)
        if operation != "CreateKey":
            yield self._with(key, owned)
        if operation.endswith("Alias"):
            yield self._check(action, self._arn("kms", f"alias/{self.fleet}-{self.region}-key-1a2b3c4"))

    def _named(self, kind: str, service: str, operation: str) -> list[str]:
        """The resources that go by their names."""
        if service == "eks":
            child = next((known for part, known in CHILDREN.items() if part in operation), "cluster/{cluster}")
            created = operation.startswith("Create")
            names = ["cluster/{cluster}" if created else child]
        elif service == "autoscaling":
            names = ["autoScalingGroup:1:autoScalingGroupName/{fleet}-bastion-group-1a2b3c4"]
        elif service == "logs":
            names = ["log-group:/aws/eks/{cluster}/cluster"]
        elif kind.startswith("aws:autoscaling"):
            return [f"arn:aws:ssm:{self.region}::parameter/aws/service/ami-amazon-linux-latest/al2023"]
        else:
            names = ["document/{fleet}-bastion" if "Document" in kind else "parameter/{fleet}/bastion/kubeconfig"]
        return [self._arn(service, name.format(fleet=self.fleet, cluster=self.cluster)) for name in names]
