"""Vault behind TLS with a certificate authority of one's own, and in a namespace."""

import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cafe24.errors import VaultRefused
from cafe24.secret import Secret
from cafe24.vault.kv import Vault
from cafe24.vault.session import VaultSignIn


def certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 that signs itself, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an invented authority")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "authority.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + signed.public_bytes(Encoding.PEM)
    )
    return file


class Door(socketserver.ThreadingTCPServer):
    """Speaks TLS to the client and plain HTTP to Vault, and keeps what the client said."""

    daemon_threads = True

    def __init__(self, vault: str, file: Path) -> None:
        self.vault = (urlsplit(vault).hostname or "", urlsplit(vault).port or 0)
        self.said = b""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(file)
        super().__init__(("127.0.0.1", 0), Passage)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up: that is what is tested."""


class Passage(socketserver.BaseRequestHandler):
    server: Door

    def handle(self) -> None:
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(self.server.vault) as vault,
        ):
            back = threading.Thread(target=pass_on, args=(vault, client))
            back.start()
            while part := client.recv(65536):
                self.server.said += part
                vault.sendall(part)
            vault.shutdown(socket.SHUT_RDWR)
            back.join()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    while part := source.recv(65536):
        target.sendall(part)


@pytest.fixture
def door(vault_server: dict[str, Any], tmp_path: Path) -> Iterator[Door]:
    with Door(vault_server["url"], certificate(tmp_path)) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield door
        door.shutdown()


def vault_behind(door: Door, vault_server: dict[str, Any], **sign_in: Any) -> Vault:
    return Vault(VaultSignIn(door.url, token=Secret(vault_server["root_token"]), **sign_in))


def test_a_vault_with_an_authority_of_its_own_is_trusted_by_its_file(
    door: Door, vault_server: dict[str, Any], tmp_path: Path
) -> None:
    vault = vault_behind(door, vault_server, ca_cert=str(tmp_path / "authority.pem"))
    assert vault.write("tls/one", {"told": "in private"}, cas=0).number == 1
    found = vault.read("tls/one")
    assert found is not None
    assert found.data["told"] == "in private"
    vault.session.client().session.close()


def test_without_the_file_it_is_one_line_that_names_the_setting(
    door: Door, vault_server: dict[str, Any]
) -> None:
    with pytest.raises(VaultRefused, match=r"not trusted.*VAULT_CACERT"):
        vault_behind(door, vault_server).read("tls/one")
    assert door.said == b""


def test_a_namespace_is_said_with_every_call(
    door: Door, vault_server: dict[str, Any], tmp_path: Path
) -> None:
    file = str(tmp_path / "authority.pem")
    vault = vault_behind(door, vault_server, ca_cert=file, namespace="shops/korea")
    vault.read("tls/none")
    vault.session.client().session.close()
    assert door.said.count(b"X-Vault-Namespace: shops/korea") == door.said.count(b"HTTP/1.1") > 0
