"""A host whose certificate is wrong for a while: nothing is read from it, and all is well again after."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulator import serve
from storage.models import Source
from tests.support.watch_faults import HALF_A_DAY, Watched, moved_clock, small_newsroom

SITE, WELL = "calder", "archive"
DAY = timedelta(days=1)
NOW = datetime.now(UTC)
SLOW = pytest.mark.slow
Key = ec.EllipticCurvePrivateKey


class Authority:
    """Signs certificates; the watch trusts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Practice authority")])
        itself = self._signed(self.name, self.key, self.key, NOW + 900 * DAY, is_authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(itself.public_bytes(serialization.Encoding.PEM))

    def certificate(self, name: str, *, days: int = 900, address: str = "127.0.0.1") -> Path:
        """Return a file with a key and its certificate."""
        return self._written(name, self.key, days, address)

    def self_signed(self) -> Path:
        """Return a file with a certificate that nobody else vouches for."""
        return self._written("alone", None, 900, "127.0.0.1")

    def _written(self, name: str, signer: Key | None, days: int, address: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self._signed(subject, key, signer or key, NOW + days * DAY, address=address)
        pem = serialization.Encoding.PEM
        file = self.folder / f"{name}.pem"
        form = serialization.PrivateFormat.PKCS8
        file.write_bytes(
            key.private_bytes(pem, form, serialization.NoEncryption()) + signed.public_bytes(pem)
        )
        return file

    def _signed(
        self,
        subject: x509.Name,
        key: Key,
        signer: Key,
        until: datetime,
        *,
        is_authority: bool = False,
        address: str = "127.0.0.1",
    ) -> x509.Certificate:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = x509.CertificateBuilder().subject_name(subject)
        builder = builder.issuer_name(self.name if signer is self.key else subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW - 900 * DAY).not_valid_after(until)
        builder = builder.add_extension(names, critical=False)
        basic = x509.BasicConstraints(ca=is_authority, path_length=None)
        return builder.add_extension(basic, critical=True).sign(signer, hashes.SHA256())


class Secure:
    """A practice site behind TLS, with a certificate that can be changed while it is served."""

    def __init__(self, watched: Watched, authority: Authority) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.wear(authority.certificate("right"))
        served = watched.served
        source = served.site(SITE).sources[0]
        listener = next(each for each in served._listeners if each.host == source.host)
        listener.socket = self.context.wrap_socket(listener.socket, server_side=True)
        served.base_urls[SITE] = f"https://{source.host}"
        feed_url, listing_url = (
            url and url.replace("http:", "https:") for url in (source.feed_url, source.listing_url)
        )
        self.source: Source = replace(source, feed_url=feed_url, listing_url=listing_url)

    def wear(self, certificate: Path) -> None:
        """Show another certificate from now on."""
        self.context.load_cert_chain(certificate)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with moved_clock() as traveller, serve(small_newsroom()) as served:
        yield Watched(served, tmp_path / "milwire.db", [], traveller)


WRONG = ["expired", pytest.param("of another host", marks=SLOW), pytest.param("self-signed", marks=SLOW)]


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_is_read_from_a_host_that_cannot_prove_who_it_is(
    watched: Watched, authority: Authority, wrong: str
) -> None:
    certificates = {
        "expired": lambda: authority.certificate("expired", days=-1),
        "of another host": lambda: authority.certificate("another", address="127.0.0.9"),
        "self-signed": authority.self_signed,
    }
    secure = Secure(watched, authority)
    watched.sources = [secure.source, watched.served.site(WELL).sources[0]]
    published: list[str] = []

    async def story(watch: Watched) -> None:
        await watch.visited()
        published.extend((watch.publish(SITE), watch.publish(WELL)))
        secure.wear(certificates[wrong]())
        asked = len(watch.served.log)
        await watch.passes_and_visits(HALF_A_DAY)
        assert {each.site for each in watch.served.log[asked:]} == {WELL}
        assert "no secure connection" in " ".join(watch.last(secure.source).failures)
        secure.wear(authority.certificate("right"))
        await watch.passes_and_visits(HALF_A_DAY)

    assert watched.watch(story)
    assert watched.last(secure.source).complete
    watched.check(*published)
