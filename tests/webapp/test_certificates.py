"""The bureau's authority signs for the names it was told, and is made once."""

import ipaddress
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import verification

from webapp import certificates
from webapp.tls_errors import AuthorityKeyMissingError, CertificateMissingError, HostNameError

HOSTS = ("risk.bureau.test", "10.1.2.3")


def certificate(file):
    return x509.load_pem_x509_certificate(file.read_bytes())


def verify(made, called, *, at=None):
    """Judge the server's certificate as a client would that trusts the authority."""
    trusted = verification.Store([certificate(made.authority)])
    policy = verification.PolicyBuilder().store(trusted).time(at or datetime.now(UTC))
    return policy.build_server_verifier(called).verify(certificate(made.server), [])


def test_a_client_that_trusts_the_authority_accepts_the_names_and_no_other(tmp_path):
    made = certificates.make(tmp_path / "tls", HOSTS)
    assert made.hosts == HOSTS
    verify(made, x509.DNSName("risk.bureau.test"))
    verify(made, x509.IPAddress(ipaddress.ip_address("10.1.2.3")))
    with pytest.raises(verification.VerificationError):
        verify(made, x509.DNSName("other.bureau.test"))
    with pytest.raises(verification.VerificationError):
        verify(made, x509.DNSName(HOSTS[0]), at=made.server_until + timedelta(seconds=1))


def test_keys_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "tls"
    certificates.make(folder, HOSTS)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"ca.crt": 0o644, "ca.key": 0o600, "server.crt": 0o644, "server.key": 0o600}


def test_nginxs_workers_read_what_is_no_key_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        folder = certificates.make(tmp_path / "tls", HOSTS).authority.parent
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "server.crt").stat().st_mode) == 0o644


def test_two_who_make_it_at_once_end_with_one_authority(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: certificates.make(tmp_path / "tls", HOSTS), range(8)))
    assert len({each.fingerprint for each in made}) == 1
    verify(made[-1], x509.DNSName(HOSTS[0]))


def test_the_authority_stays_when_the_server_gets_another_name(tmp_path):
    first = certificates.make(tmp_path, HOSTS)
    again = certificates.make(tmp_path, ("new.bureau.test",))
    assert again.fingerprint == first.fingerprint
    assert again.hosts == ("new.bureau.test",)
    verify(again, x509.DNSName("new.bureau.test"))
    assert certificates.make(tmp_path, HOSTS, new_authority=True).fingerprint != first.fingerprint


def test_without_the_authoritys_own_key_nothing_is_changed(tmp_path):
    made = certificates.make(tmp_path, HOSTS)
    key = tmp_path / "ca.key"
    for content in (None, made.server_key.read_bytes()):
        key.unlink()
        if content is not None:
            key.write_bytes(content)
        before = made.server.read_bytes()
        with pytest.raises(AuthorityKeyMissingError, match="--new-authority"):
            certificates.make(tmp_path, HOSTS)
        assert made.server.read_bytes() == before
        key.touch()


def test_telephones_take_the_length_of_the_servers_certificate(tmp_path):
    made = certificates.make(tmp_path, HOSTS)
    shown = certificate(made.server)
    assert shown.not_valid_after_utc - shown.not_valid_before_utc < timedelta(days=825)
    assert not made.ends_soon(datetime.now(UTC))
    assert made.ends_soon(made.server_until - timedelta(days=29))


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("",),
        ("a b",),
        ("https://x",),
        ("x:8443",),
        ("-x",),
        ("x" * 64,),
        ("风险",),
        ("300.1.1.1",),
        ("fe80::1%eth0",),
    ],
)
def test_what_is_no_host_is_refused_and_nothing_is_made(tmp_path, hosts):
    with pytest.raises(HostNameError, match="--host"):
        certificates.make(tmp_path / "tls", hosts)
    assert not (tmp_path / "tls").exists()


def test_a_folder_without_a_certificate_says_how_to_make_one(tmp_path):
    with pytest.raises(CertificateMissingError, match="riskatlas tls init --host"):
        certificates.read(tmp_path)
