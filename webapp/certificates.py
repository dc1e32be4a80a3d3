"""Make the bureau's own certificate authority, and the certificate that its server shows.

Phones and desks install the authority once; a new certificate of the server then needs nothing more
of them. Who has the authority's key can pretend to be any server to them: it is readable for its
owner alone, and may be kept elsewhere between two runs.
"""

import fcntl
import ipaddress
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from webapp.tls_errors import AuthorityKeyMissingError, CertificateMissingError, HostNameError

AUTHORITY_DAYS: Final = 3650
# Telephones by Apple refuse a server's certificate that is valid longer than 825 days, also one of
# an authority that their owner installed (support.apple.com/HT210176).
SERVER_DAYS: Final = 820
# Clocks of telephones run late.
EARLIER: Final = timedelta(days=1)
SOON: Final = timedelta(days=30)
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
LONGEST_HOST: Final = 253


@dataclass(frozen=True)
class Certificates:
    """
    What a folder holds, and where.

    Attributes
    ----------
    authority
        The authority's certificate, which phones and desks install.
    server
        Certificate of the server.
    server_key
        Its key.
    hosts
        Names and addresses that the server may be called by, the first one foremost.
    fingerprint
        SHA-256 of the authority's certificate, to be compared when it is installed.
    authority_until, server_until
        Last moment of each.
    """

    authority: Path
    server: Path
    server_key: Path
    hosts: tuple[str, ...]
    fingerprint: str
    authority_until: datetime
    server_until: datetime

    def ends_soon(self, now: datetime) -> bool:
        """
        Tell whether the server's certificate has to be made anew.

        Parameters
        ----------
        now
            The moment, with its zone.

        Returns
        -------
        bool
            True within 30 days of its end and after it.
        """
        return self.server_until - now < SOON


def make(folder: Path, hosts: Sequence[str], *, new_authority: bool = False) -> Certificates:
    """
    Make a certificate for the server, and first the authority where there is none.

    Parameters
    ----------
    folder
        Where they are kept; made where it is missing.
    hosts
        Names and IP addresses that people call the server by, the first one foremost.
    new_authority
        Make another authority; every phone and desk has to install it then.

    Returns
    -------
    Certificates
        What the folder holds now.

    Raises
    ------
    HostNameError
        If one of the hosts is neither a name nor an address, or there is none.
    AuthorityKeyMissingError
        If the authority is there and its key is not; nothing is changed.
    """
    names = _names(hosts)
    folder.mkdir(parents=True, exist_ok=True)
    # Whatever the umask is: nginx's workers, which are another user, read what is no key.
    folder.chmod(0o755)
    with _alone(folder):
        if new_authority or not _authority(folder).exists():
            _make_authority(folder, hosts[0])
        if not _authority_key(folder).exists():
            raise AuthorityKeyMissingError(_authority_key(folder))
        _make_server(folder, names)
        return read(folder)


def read(folder: Path) -> Certificates:
    """
    Read what was made.

    Parameters
    ----------
    folder
        Where it is kept.

    Returns
    -------
    Certificates
        What it holds.

    Raises
    ------
    CertificateMissingError
        If there is none.
    """
    files = (_authority(folder), folder / "server.crt", folder / "server.key")
    if not all(file.exists() for file in files):
        raise CertificateMissingError(folder)
    authority, server = (x509.load_pem_x509_certificate(file.read_bytes()) for file in files[:2])
    told = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Certificates(
        *files,
        hosts=tuple(str(name.value) for name in told),
        fingerprint=authority.fingerprint(hashes.SHA256()).hex(":").upper(),
        authority_until=authority.not_valid_after_utc,
        server_until=server.not_valid_after_utc,
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one run at a time write: key and certificate belong together."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _authority(folder: Path) -> Path:
    return folder / "ca.crt"


def _authority_key(folder: Path) -> Path:
    return folder / "ca.key"


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    wrong = [host for host in hosts if _name(host) is None]
    if wrong or not hosts:
        raise HostNameError(wrong)
    return [name for host in dict.fromkeys(hosts) if (name := _name(host)) is not None]


def is_host(host: str) -> bool:
    """
    Tell whether a certificate can be made for a name or an address.

    Parameters
    ----------
    host
        What people type.

    Returns
    -------
    bool
        False for one with a zone, a port, an underscore or a path.
    """
    return _name(host) is not None


def _name(host: str) -> x509.GeneralName | None:
    if "%" in host:
        return None  # the zone of an address means something on one machine alone
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        plain = host.lower()
        is_number = plain.rpartition(".")[2].isdecimal()
        is_name = len(plain) <= LONGEST_HOST and _HOST.fullmatch(plain) and not is_number
        return x509.DNSName(plain) if is_name else None


def _make_authority(folder: Path, host: str) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    # Another key has another name: a device that knows the old one takes them for two.
    called = f"Riskatlas {host} {now:%Y-%m-%d %H:%M:%S}"[:64]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    made = (
        _begun(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(_authority_key(folder), _pem(key), mode=0o600)
    _write(_authority(folder), made.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _make_server(folder: Path, names: list[x509.GeneralName]) -> None:
    signer = serialization.load_pem_private_key(_authority_key(folder).read_bytes(), password=None)
    authority = x509.load_pem_x509_certificate(_authority(folder).read_bytes())
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or (
        signer.public_key() != authority.public_key()
    ):
        raise AuthorityKeyMissingError(_authority_key(folder))
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(names[0].value)[:64])])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    made = (
        _begun(called, authority.subject, key.public_key(), datetime.now(UTC), SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer, critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(folder / "server.key", _pem(key), mode=0o600)
    _write(folder / "server.crt", made.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file whole or not at all; nobody else reads a key while it is written."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.chmod(mode)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
