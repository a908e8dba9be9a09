"""Keys and certificates of Karmada's control plane."""

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtensionOID, NameOID

from components.federation.karmada import pki
from components.federation.karmada.pki import Pems

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
NAMESPACE = "karmada-system"


@pytest.fixture(scope="module")
def keys() -> Pems:
    """The keys of a new Karmada."""
    return pki.keys(NAMESPACE, NOW)


def certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def test_the_keys_are_of_two_authorities_and_two_certificates_in_the_form_that_tokens_are_signed_by(keys: Pems) -> None:
    assert {*keys} == {
        *("server-ca.crt", "server-ca.key", "front-proxy-ca.crt", "front-proxy-ca.key"),
        *("karmada.key", "front-proxy-client.key"),
    }
    assert all("BEGIN EC PRIVATE KEY" in pem for name, pem in keys.items() if name.endswith(".key"))
    assert pki.expiry(keys["server-ca.crt"]) == NOW + timedelta(days=3650)


def test_a_certificate_is_of_its_key_and_its_authority_and_names_karmada_s_services(keys: Pems) -> None:
    issued = certificate(pki.certificates(NAMESPACE, keys, NOW)["karmada.crt"])
    issued.verify_directly_issued_by(certificate(keys["server-ca.crt"]))
    assert issued.public_key() == load_pem_private_key(keys["karmada.key"].encode(), None).public_key()
    names = issued.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert "*.karmada-system.svc.cluster.local" in names.get_values_for_type(x509.DNSName)
    assert "*.etcd.karmada-system.svc.cluster.local" in names.get_values_for_type(x509.DNSName)
    user = {attribute.oid: attribute.value for attribute in issued.subject}
    assert user == {NameOID.ORGANIZATION_NAME: "system:masters", NameOID.COMMON_NAME: "system:admin"}


def test_certificates_end_with_the_third_year_after_their_issue_or_with_their_authority(keys: Pems) -> None:
    assert pki.expiry(pki.certificates(NAMESPACE, keys, NOW)["karmada.crt"]) == pki.ends(2026)
    assert pki.ends(2026) == datetime(2029, 1, 1, tzinfo=timezone.utc)
    late = datetime(2035, 6, 1, tzinfo=timezone.utc)
    ends = {pki.expiry(pem) for pem in pki.certificates(NAMESPACE, keys, late).values()}
    assert ends == {pki.expiry(keys["server-ca.crt"])}


def test_a_later_certificate_has_the_same_key_so_that_tokens_stay_valid(keys: Pems) -> None:
    first, later = (pki.certificates(NAMESPACE, keys, now) for now in (NOW, NOW + timedelta(days=366)))
    assert first["karmada.crt"] != later["karmada.crt"]
    assert certificate(first["karmada.crt"]).public_key() == certificate(later["karmada.crt"]).public_key()


def test_openssl_takes_them(keys: Pems, tmp_path: Path) -> None:
    (tmp_path / "ca").write_text(keys["server-ca.crt"])
    (tmp_path / "pair").write_text(pki.certificates(NAMESPACE, keys, NOW)["karmada.crt"] + keys["karmada.key"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca"))
    context.load_cert_chain(tmp_path / "pair")


def test_a_key_that_is_no_elliptic_curve_s_is_refused(keys: Pems) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(TypeError, match="not of an elliptic curve"):
        pki.certificates(NAMESPACE, {**keys, "karmada.key": other.decode()}, NOW)
