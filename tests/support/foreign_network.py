# SPDX-License-Identifier: Apache-2.0
"""A network that somebody else made with openssl, in which names, roles and extensions are spelled exactly as in ours."""
import pathlib
import re

from openssl_party import Signer, openssl

CONFIG = """
[req]
prompt = no
distinguished_name = name
[name]
CN = replaced
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
certificatePolicies = {arc}.1,{arc}.2,{arc}.3,{arc}.4,{arc}.5,{arc}.6
[merchant]
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = serverAuth,clientAuth
certificatePolicies = {arc}.4
subjectAltName = IP:127.0.0.1,URI:{origin}
[purchaser]
keyUsage = critical,digitalSignature,nonRepudiation
certificatePolicies = {arc}.5
"""


def subject_words(rfc4514: str) -> str:
    """A name as `openssl req -subj` wants it: from the root down, parted by slashes."""
    return "/" + "/".join(reversed(re.split(r"(?<!\\),", rfc4514)))


class ForeignNetwork:
    """Issues certificates with any names, below a root of its own."""

    def __init__(self, folder: pathlib.Path, arc: str, origin: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.config = folder, folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(arc=arc, origin=origin))
        self._make("root", "/O=Countersign Demo", "root", None)
        self._make("ca", "/O=Countersign Demo/OU=kr/OU=seoul-1/CN=Certification Authority 1", "ca", "root")

    def party(self, role: str, subject: str) -> Signer:
        """A merchant or purchaser with the given subject, in RFC 4514 text."""
        self._make(role, subject_words(subject), role, "ca")
        return Signer(self.folder / f"{role}.pem", self.folder / f"{role}.key", self.folder / "ca.pem")

    def _make(self, name: str, subject: str, extensions: str, issuer: str | None) -> None:
        key, issuing = self.folder / f"{name}.key", []
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        if issuer:
            issuing = ["-CA", self.folder / f"{issuer}.pem", "-CAkey", self.folder / f"{issuer}.key"]
        openssl("req", "-new", "-x509", "-utf8", "-config", self.config, "-extensions", extensions, "-subj", subject,
                "-key", key, "-days", "30", "-out", self.folder / f"{name}.pem", *issuing)
