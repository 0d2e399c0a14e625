#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A mail server for the demo network and the tests: submission over SMTP with STARTTLS, a Maildir, a page to read it.

Everything is bound to 127.0.0.1. Under --folder lie `Maildir` and, unless a certificate is given, `tls/server.pem`,
which clients take as their anchor. --fault makes it fail as real servers do.
"""
import argparse
import asyncio
import hmac
import json
import logging
import mailbox
import os
import signal
import ssl
import subprocess
import sys
import warnings
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from mail_pages import arrival, serve_pages

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # clients that break off are no news here
warnings.filterwarnings("ignore", category=DeprecationWarning, module="aiosmtpd")

MAX_MESSAGE = 1 << 20
MAX_MAILS = 1000
FAULTS = {
    "451": "451 4.3.0 Try again later",
    "550": "550 5.1.1 No such mailbox",
}


class Keeper:
    """Keeps what arrives in a Maildir, or fails in the way it was told to."""

    def __init__(self, maildir: mailbox.Maildir, fault: str | None):
        self.maildir = maildir
        self.fault = fault

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.fault == "550":
            return FAULTS["550"]
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.fault == "drop":
            server.transport.abort()
            return "421 4.3.0 Gone"
        if self.fault == "451":
            return FAULTS["451"]
        trace = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {envelope.rcpt_tos[0]}\r\n".encode()
        self.maildir.add(trace + envelope.original_content)
        for key in sorted(self.maildir.keys(), key=arrival)[:-MAX_MAILS]:
            self.maildir.discard(key)
        return "250 OK"


def authenticator_for(user: str, password: bytes):
    def authenticate(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and hmac.compare_digest(data.login, user.encode()) \
            and hmac.compare_digest(data.password, password)
        return AuthResult(success=good, handled=False)

    return authenticate


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this server's own, once: clients keep it as their anchor."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.pem", folder / "server.key"
    if not certificate.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "3650", "-subj", "/CN=Demo mail server", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        key.chmod(0o600)
    return certificate, key


def write_ports(file: Path, ports: dict[str, int]) -> None:
    """Under its name only when it is complete: whoever waits for the file may read it at once."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(ports) + "\n")
    beside.rename(file)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where mails and the certificate are kept")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--http-port", type=int, default=0, help="0: any free one")
    parser.add_argument("--user", default="", help="requires authentication as this user")
    parser.add_argument("--password-file", type=Path, help="first line: the password of --user")
    parser.add_argument("--certificate", type=Path, help="PEM; with --key, instead of one made here")
    parser.add_argument("--key", type=Path)
    parser.add_argument("--ports-file", type=Path, help='receives {"smtp": port, "http": port} when both listen')
    parser.add_argument("--fault", choices=["451", "550", "drop"], help="refuse every mail in this way")
    given = parser.parse_args()
    if bool(given.user) != bool(given.password_file) or bool(given.certificate) != bool(given.key):
        parser.error("--user goes with --password-file, --certificate with --key")
    return given


async def serve(given: argparse.Namespace) -> None:
    given.folder.mkdir(parents=True, exist_ok=True)
    maildir = mailbox.Maildir(given.folder / "Maildir", create=True)
    certificate, key = (given.certificate, given.key) if given.certificate else make_certificate(given.folder / "tls")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(certificate, key)
    options = {}
    if given.user:
        password = given.password_file.read_bytes().splitlines()[0]
        options = {"authenticator": authenticator_for(given.user, password), "auth_required": True}

    def session() -> SMTP:
        return SMTP(Keeper(maildir, given.fault), hostname="localhost", ident="mail server", tls_context=tls,
                    require_starttls=True, data_size_limit=MAX_MESSAGE, timeout=30, enable_SMTPUTF8=False, **options)

    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(session, "127.0.0.1", given.smtp_port)
    pages = serve_pages(given.folder / "Maildir", given.http_port)
    ports = {"smtp": smtp.sockets[0].getsockname()[1], "http": pages.server_address[1]}
    if given.ports_file:
        write_ports(given.ports_file, ports)
    print(f"smtp 127.0.0.1:{ports['smtp']}  mails at http://127.0.0.1:{ports['http']}/", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    smtp.close()
    pages.shutdown()


if __name__ == "__main__":
    try:
        asyncio.run(serve(arguments()))
    except OSError as error:
        sys.exit(f"mail_server: {error}")
