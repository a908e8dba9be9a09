"""Karmada's keys and certificates as resources: kept in the state, and issued anew once a year.

Pulumi keeps what it has in its state, because changes of the data are ignored: the program makes new keys in each run,
and only those of the first are used. Nothing but the installed Kubernetes provider is needed for that.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from ...metadata import metadata

EXPIRES = "federated-eks/expires"
"""The annotation with the day on which certificates end: of their Secret, for previews, and of the pods with them."""


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs:
    """Where the keys are kept, and when the certificates are issued."""

    namespace: str
    """Karmada's on the host: its Services' names are in the certificates."""
    provider: kubernetes.Provider
    """The host's."""
    after: Sequence[pulumi.Resource]
    """The namespace."""
    now: datetime
    """The time of the update."""


class Certificates(pulumi.ComponentResource):
    """Two Secrets on the host: the keys, which stay, and the certificates of this year.

    The first update of a year issues the certificates anew. They hold for three years, so that those of the year before
    are still good while Karmada's pods are replaced, and for a fleet that nobody updates.
    """

    pems: Output[Mapping[str, str]]
    """Keys and certificates as PEM, by their names in the chart's Secret. Secret."""
    expires: str
    """The day on which the certificates end, in ISO 8601."""

    def __init__(self, name: str, args: CertificatesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("federated-eks:index:KarmadaCertificates", name, None, opts)
        from . import pki  # Here, because only a fleet with Karmada needs cryptography.

        def issue(found: Mapping[str, str]) -> Mapping[str, str]:
            return _encoded(pki.certificates(args.namespace, _decoded(found), args.now))

        self.expires = f"{pki.ends(args.now.year):%Y-%m-%d}"
        keys = self._secret(f"{name}-keys", "karmada-keys", _encoded(pki.keys(args.namespace, args.now)), args)
        issued = self._secret(
            f"{name}-{args.now.year}",
            f"karmada-certificates-{args.now.year}",
            keys.data.apply(issue),
            args,
            {EXPIRES: self.expires},
        )
        self.pems = Output.secret(
            Output.all(keys.data, issued.data).apply(lambda found: {**_decoded(found[0]), **_decoded(found[1])})
        )
        self.register_outputs({})

    def _secret(
        self,
        name: str,
        secret: str,
        data: Input[Mapping[str, str]],
        args: CertificatesArgs,
        annotations: Mapping[str, str] | None = None,
    ) -> kubernetes.core.v1.Secret:
        given: Any = Output.secret(data)
        return kubernetes.core.v1.Secret(
            name,
            metadata=metadata(secret, namespace=args.namespace, annotations=annotations),
            data=given,
            opts=ResourceOptions(
                parent=self, provider=args.provider, depends_on=[*args.after], ignore_changes=["data"]
            ),
        )


def today() -> datetime:
    """The time of an update."""
    return datetime.now(timezone.utc)


def _encoded(pems: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(pem.encode()).decode() for name, pem in pems.items()}


def _decoded(data: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64decode(text).decode() for name, text in data.items()}
