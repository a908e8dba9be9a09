"""The keys and certificates of Karmada's control plane, as PEM.

The chart's `certs.mode: custom` takes one authority, one certificate that every part serves and signs in with, and the
same for the front proxy, by which karmada-apiserver calls the aggregated API server (charts/karmada, values.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_YEARS, CERTIFICATE_YEARS = 10, 3
"""The life of an authority, as EKS gives its own, and of a certificate."""

GRACE = timedelta(hours=1)
"""A certificate holds from so long before its issue, because clocks differ."""

Pems = Mapping[str, str]
"""Keys and certificates by their names in the chart's Secret."""


@dataclass(frozen=True, kw_only=True)
class _Leaf:
    """A certificate that an authority signs."""

    authority: str
    """The authority's name: its files end with .crt and .key."""
    user: str
    """The common name, which Kubernetes reads as the user."""
    groups: Sequence[str] = ()
    """The organizations, which Kubernetes reads as the user's groups."""
    hosts: Sequence[str] = ()
    """Names and addresses to serve by; empty: it only signs in."""


AUTHORITIES = ("server-ca", "front-proxy-ca")


def leaves(namespace: str) -> Mapping[str, _Leaf]:
    """The certificates by their names; the hosts are those of the chart's own certificate (`certs.auto.hosts`)."""
    domain = f"{namespace}.svc"
    hosts = ["kubernetes.default.svc", f"*.etcd.{domain}.cluster.local", f"*.{domain}.cluster.local", f"*.{domain}"]
    return {
        "karmada": _Leaf(
            authority="server-ca",
            user="system:admin",
            groups=["system:masters"],
            hosts=[*hosts, "localhost", "127.0.0.1"],
        ),
        "front-proxy-client": _Leaf(authority="front-proxy-ca", user="front-proxy-client"),
    }


def keys(namespace: str, now: datetime) -> Pems:
    """New authorities, and the private keys of all certificates.

    The keys stay when the certificates are issued anew, because the service accounts' tokens are signed by one of them.
    They are of P-256, in the only form in which kube-apiserver takes an elliptic curve's key for tokens, SEC 1
    (client-go's util/keyutil/key.go, parseECPrivateKey).
    """
    made = {name: ec.generate_private_key(ec.SECP256R1()) for name in (*AUTHORITIES, *leaves(namespace))}
    until = now + timedelta(days=365 * AUTHORITY_YEARS)
    return {f"{name}.key": _private(key) for name, key in made.items()} | {
        f"{name}.crt": _authority(name, made[name], now, until) for name in AUTHORITIES
    }


def certificates(namespace: str, keys: Pems, now: datetime) -> Pems:
    """The certificates for the keys, valid until `ends` of this year, or until their authority ends."""
    return {f"{name}.crt": _signed(leaf, keys, name, now) for name, leaf in leaves(namespace).items()}


def ends(year: int) -> datetime:
    """The end of the certificates that are issued in a year."""
    return datetime(year + CERTIFICATE_YEARS, 1, 1, tzinfo=timezone.utc)


def expiry(pem: str) -> datetime:
    """The end of a certificate."""
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def _authority(name: str, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime) -> str:
    subject = _subject(f"karmada-{name}")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(subject, subject, key.public_key(), now, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _pem(builder.add_extension(usage, critical=True).sign(key, hashes.SHA256()))


def _signed(leaf: _Leaf, keys: Pems, name: str, now: datetime) -> str:
    issuer = x509.load_pem_x509_certificate(keys[f"{leaf.authority}.crt"].encode())
    signer, own = _key(keys[f"{leaf.authority}.key"]), _key(keys[f"{name}.key"])
    until = min(ends(now.year), issuer.not_valid_after_utc)
    builder = _builder(_subject(leaf.user, leaf.groups), issuer.subject, own.public_key(), now, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if leaf.hosts else [])]
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(authority, critical=False)
    if leaf.hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_host(host) for host in leaf.hosts]), critical=False
        )
    return _pem(builder.sign(signer, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - GRACE)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(name: str, groups: Sequence[str] = ()) -> x509.Name:
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a key of Karmada's is not of an elliptic curve")
    return key


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    form, none = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none).decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
