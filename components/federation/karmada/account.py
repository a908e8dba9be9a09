"""The account in Karmada of programs and people, which can be revoked, unlike a certificate."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata
from ..host_cluster import HostCluster
from ..tokens import suffix
from .kubeconfig import kubeconfig
from .release import NAMESPACE, SERVER_NAME

ACCOUNT = "federated-eks-programs"


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """The Karmada that the account is in."""

    karmada: HostCluster
    server: Output[str]
    """The URL of its API."""
    authority: Output[str]
    """The certificate of its authority, PEM."""
    serial: Input[int]
    """Of the token; another one replaces it."""


class Account(pulumi.ComponentResource):
    """A service account with an administrator's rights, and a token that ends when its Secret is deleted.

    Programs declare workloads of any type, so their rights can't be listed.
    """

    kubeconfig: Output[str]
    """JSON. Secret."""

    def __init__(self, name: str, args: AccountArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KarmadaAccount", name, None, opts)
        child = args.karmada.options(self)
        account = kubernetes.core.v1.ServiceAccount(name, metadata=metadata(ACCOUNT, namespace=NAMESPACE), opts=child)
        token = kubernetes.core.v1.Secret(
            f"{name}-token",
            metadata=metadata(
                Output.from_input(args.serial).apply(lambda serial: f"{ACCOUNT}{suffix(int(serial))}"),
                namespace=NAMESPACE,
                annotations={
                    "kubernetes.io/service-account.name": account.metadata.name.apply(lambda given: given or "")
                },
            ),
            type="kubernetes.io/service-account-token",
            opts=args.karmada.options(self, minutes=2),
        )
        kubernetes.rbac.v1.ClusterRoleBinding(
            f"{name}-binding",
            metadata=metadata(ACCOUNT),
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            subjects=[{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
            opts=child,
        )
        self.kubeconfig = Output.secret(Output.all(args.server, args.authority, token.data).apply(_signed_in))
        self.register_outputs({})


def _signed_in(known: Any) -> str:
    server, authority, data = known
    return kubeconfig(server, authority, SERVER_NAME, {"token": _text(data, "token")})


def _text(data: Mapping[str, str], key: str) -> str:
    return base64.b64decode(data[key]).decode()
