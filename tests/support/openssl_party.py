# SPDX-License-Identifier: Apache-2.0
"""A purchaser and a merchant made of `openssl` and Python's standard library: a second implementation of their side of
the protocols, which can also do what our own programs refuse to (sign another's order, swap keys, speak out of turn)."""
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import ssl
import subprocess
import time
import urllib.parse


def openssl(*words, stdin: bytes = b"") -> bytes:
    """Runs openssl and returns what it printed; its error text is in the exception."""
    done = subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, words))}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def utc(moment: float | None = None) -> str:
    """RFC 3339 with whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if moment is None else moment))


def uuid_v7() -> str:
    """RFC 9562 §5.7."""
    value = int(time.time() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Answer:
    """Status, headers and body of an HTTP answer."""

    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Peer:
    """One kept-alive HTTPS connection, TLS 1.3, with or without a client certificate."""

    def __init__(self, url: str, root_pem: pathlib.Path | None, certificate: pathlib.Path | None = None,
                 key: pathlib.Path | None = None):
        self.parts = urllib.parse.urlsplit(url)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        if root_pem is None:  # a first contact, judged by what the key file's MAC covers
            self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        else:
            self.context.load_verify_locations(root_pem)
        if certificate:
            self.context.load_cert_chain(certificate, key)
        self.connection: http.client.HTTPSConnection | None = None

    def ask(self, method: str, path: str, body: bytes = b"", media: str = "application/json", **headers) -> Answer:
        """Sends one request on the open connection, or a new one; OSError when there is no answer."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.parts.hostname, self.parts.port, context=self.context,
                                                          timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            self.connection.request(method, path, body=body or None, headers={"Content-Type": media, **named})
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(f"{method} {path}: {error}") from error

    def post_json(self, path: str, value, **headers) -> Answer:
        return self.ask("POST", path, json.dumps(value, ensure_ascii=False).encode(), **headers)

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


class Signer:
    """A key with its certificate and the CA above it, all in PEM files."""

    def __init__(self, certificate: pathlib.Path, key: pathlib.Path, chain: pathlib.Path):
        self.certificate, self.key, self.chain = certificate, key, chain
        self.der = openssl("x509", "-in", certificate, "-outform", "DER")
        self.subject = openssl("x509", "-in", certificate, "-noout", "-subject", "-nameopt",
                               "RFC2253,-esc_msb,utf8").decode().strip().removeprefix("subject=").strip()
        self.fingerprint = sha256_hex(self.der)

    def reference(self) -> dict:
        return {"subject": self.subject, "certificate": self.fingerprint}

    def sign(self, content: bytes, *more: str) -> bytes:
        """CMS SignedData in DER with CAdES-BES attributes, content attached."""
        return openssl("cms", "-sign", "-binary", "-nodetach", "-cades", "-nosmimecap", "-md", "sha256", "-outform",
                       "DER", "-signer", self.certificate, "-inkey", self.key, "-certfile", self.chain, *more,
                       stdin=content)

    def countersign(self, signed_order: bytes) -> bytes:
        """SignedData whose content is the DER of a SignedData (RFC 5652 §5.1: version 3)."""
        return self.sign(signed_order, "-econtent_type", "1.2.840.113549.1.7.2")


def order_of(merchant: Signer, purchaser: Signer, authority: str, origin: str, **changes) -> bytes:
    """The bytes of an order over two lines; `changes` replace members."""
    now = time.time()
    order = {"type": "order", "version": 1, "id": uuid_v7(), "profile": "direct", "merchant": merchant.reference(),
             "purchaser": purchaser.reference(), "origin": origin, "checkout": secrets.token_urlsafe(12),
             "authority": authority, "cardCompany": None,
             "lines": [{"sku": "TEA-100", "description": "제주 녹차 100 g", "quantity": 2, "unitPrice": 12000},
                       {"sku": "CUP-1", "description": "Celadon cup", "quantity": 1, "unitPrice": 38000}],
             "total": 62000, "currency": "KRW", "created": utc(now), "expires": utc(now + 3600),
             "nonce": secrets.token_hex(32)}
    order.update(changes)
    return json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode()


def link_parts(link: str) -> dict[str, str]:
    """The parameters of a `countersign:enrol?…` or `countersign:pay?…` link."""
    return dict(urllib.parse.parse_qsl(link.split("?", 1)[1]))


def certificate_kind(file: pathlib.Path) -> str:
    """root, ca, signing or agreement, from what openssl prints of a certificate."""
    text = openssl("x509", "-in", file, "-noout", "-text").decode()
    if "CA:TRUE" in text:
        return "ca" if "Name Constraints" in text else "root"
    return "agreement" if "Key Agreement" in text else "signing"


def is_issuer_of(ca: pathlib.Path, certificate: pathlib.Path) -> bool:
    """Whether this CA key signed the certificate, by openssl's verdict."""
    return subprocess.run(["openssl", "verify", "-partial_chain", "-trusted", ca, certificate], capture_output=True, check=False).returncode == 0


class Enrolment:
    """A purchaser's enrolment, step by step; each step can be left out, repeated or altered by a test."""

    def __init__(self, link: str, folder: pathlib.Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.parts = folder, link_parts(link)
        self.peer = Peer(self.parts["authority"], None)
        self.path = f"/v1/enrolments/{self.parts['id']}"
        self.files: dict[str, pathlib.Path] = {}
        self.signer: Signer | None = None

    def fetch_consent(self) -> Answer:
        return self.peer.post_json(self.path + "/consent", {"token": self.parts["token"]})

    def fetch_key_file(self) -> Answer:
        return self.peer.post_json(self.path + "/key-file", {"token": self.parts["token"]})

    def open_key_file(self, der: bytes, password: str) -> None:
        """Takes keys and certificates out of the PKCS#12 and pins the root that its MAC covers."""
        p12, password_file = self.folder / "keys.p12", self.folder / "password"
        p12.write_bytes(der)
        password_file.write_text(password)
        everything = openssl("pkcs12", "-in", p12, "-passin", f"file:{password_file}", "-nodes").decode()
        cas: list[pathlib.Path] = []  # several after the data centre has changed its CA key
        for number, pem in enumerate(re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", everything, re.S)):
            file = self.folder / f"certificate-{number}.pem"
            file.write_text(pem)
            kind = certificate_kind(file)
            if kind == "ca":
                cas.append(file)
            self.files[kind] = file
        self.files["ca"] = next(ca for ca in cas if is_issuer_of(ca, self.files["signing"]))
        root = openssl("x509", "-in", self.files["root"], "-outform", "DER")
        if sha256_hex(root) != self.parts["root"]:
            raise RuntimeError("the root in the key file is not the one that the link names")
        public = openssl("x509", "-in", self.files["signing"], "-noout", "-pubkey")
        for number, pem in enumerate(re.findall(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n", everything, re.S)):
            key = self.folder / f"key-{number}.pem"
            key.touch(mode=0o600)
            key.write_text(pem)
            self.files["signing-key" if openssl("pkey", "-in", key, "-pubout") == public else "agreement-key"] = key
        self.signer = Signer(self.files["signing"], self.files["signing-key"], self.files["ca"])

    def acceptance(self, consent_cms: bytes, **changes) -> bytes:
        """The signed acceptance of the consent."""
        (self.folder / "consent.p7m").write_bytes(consent_cms)
        consent = openssl("cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in",
                          self.folder / "consent.p7m", "-CAfile", self.files["root"])
        agreement = openssl("x509", "-in", self.files["agreement"], "-outform", "DER")
        document = {"type": "consent-acceptance", "version": 1, "enrolment": self.parts["id"],
                    "consent": sha256_hex(consent), "signingCertificate": self.signer.fingerprint,
                    "agreementCertificate": sha256_hex(agreement), "accepted": utc(), **changes}
        return self.signer.sign(json.dumps(document).encode())

    def complete(self, acceptance: bytes) -> Answer:
        return self.peer.ask("POST", self.path + "/completion", acceptance, "application/pkcs7-mime")


def enrol(link: str, read_password, folder: pathlib.Path) -> tuple[Signer, str]:
    """Enrols as a wallet would; the signer and the suspension code."""
    enrolment = Enrolment(link, folder)
    consent, key_file = enrolment.fetch_consent(), enrolment.fetch_key_file()
    for answer in (consent, key_file):
        if answer.status != 200:
            raise RuntimeError(f"the authority answered {answer}")
    enrolment.open_key_file(key_file.body, read_password())
    answer = enrolment.complete(enrolment.acceptance(consent.body))
    if answer.status != 200:
        raise RuntimeError(f"the authority answered {answer}")
    return enrolment.signer, answer.json()["suspensionCode"]


def holder_request(signer: Signer, audience: str, action: str, **members) -> bytes:
    """A signed request of a certificate's holder to its authority."""
    request = {"type": "holder-request", "version": 1, "action": action, "audience": audience,
               "holder": signer.reference(), "time": utc(), "nonce": secrets.token_hex(32), **members}
    return signer.sign(json.dumps(request, ensure_ascii=False).encode())


def plain_key(encrypted: pathlib.Path, passphrase_file: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    """An encrypted PEM key in clear, for a test that plays its holder."""
    out.touch(mode=0o600)
    out.write_bytes(openssl("pkey", "-in", encrypted, "-passin", f"file:{passphrase_file}"))
    os.chmod(out, 0o600)
    return out
