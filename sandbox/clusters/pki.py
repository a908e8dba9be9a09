"""Certificate authorities, certificates and keys, as PEM files in a folder."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.files import write

LIFETIME = datetime.timedelta(days=3650)
"""The lifetime of EKS's own cluster authority: ten years."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority in a folder, which is created once and read later."""

    def __init__(self, folder: Path, name: str) -> None:
        """Read the authority `ca.crt`, `ca.key` from the folder, or create it."""
        self._folder = folder
        self.certificate = folder / "ca.crt"
        key = folder / "ca.key"
        if not (key.exists() and self.certificate.exists()):
            folder.mkdir(parents=True, exist_ok=True)
            private = ec.generate_private_key(ec.SECP256R1())
            write_private(key, private)
            write(self.certificate, _pem(_self_signed(name, private)))
        self._key = _read_key(key)
        self._issuer = x509.load_pem_x509_certificate(self.certificate.read_bytes())

    @property
    def pem(self) -> bytes:
        """The authority's certificate."""
        return self.certificate.read_bytes()

    def server(self, file: str, name: str, hosts: Sequence[str]) -> Pair:
        """A serving certificate for DNS names and addresses."""
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._issue(file, _subject(name), ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, file: str, user: str, groups: Sequence[str] = ()) -> Pair:
        """A client certificate. Kubernetes reads the user from its common name, and groups from its organizations."""
        return self._issue(file, _subject(user, groups), ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _issue(
        self, file: str, subject: x509.Name, usage: x509.ObjectIdentifier, names: x509.SubjectAlternativeName | None
    ) -> Pair:
        pair = Pair(self._folder / f"{file}.crt", self._folder / f"{file}.key")
        if pair.certificate.exists() and pair.key.exists():
            return pair
        private = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, self._issuer.subject, private)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(authority_id, critical=False)
        if names:
            builder = builder.add_extension(names, critical=False)
        write_private(pair.key, private)
        write(pair.certificate, _pem(builder.sign(self._key, hashes.SHA256())))
        return pair


def service_account_key(folder: Path) -> Path:
    """The key that signs service accounts' tokens, created once. It is RSA as EKS's, whose tokens are RS256."""
    path = folder / "service-account.key"
    if not path.exists():
        write_private(path, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return path


def write_private(path: Path, key: PrivateKey) -> None:
    """Write a private key, unencrypted and readable by its owner only."""
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write(path, key.private_bytes(serialization.Encoding.PEM, form, none))


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path}: not an elliptic curve key; delete the folder to have a new authority")
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _subject(name: str, groups: Sequence[str] = ()) -> x509.Name:
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(subject: x509.Name, issuer: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks may be an hour behind.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _self_signed(name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    subject = _subject(name)
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
    builder = _builder(subject, subject, key)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def service_address(service_cidr: str) -> str:
    """The address of the service `kubernetes`, the first of the range."""
    return str(IPv4Address(service_cidr.split("/")[0]) + 1)
