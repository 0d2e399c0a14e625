# SPDX-License-Identifier: Apache-2.0
"""A time-stamping authority of somebody else, made of the `openssl` command alone, with a clock of its own (faketime), and
what a second implementation of our stamps needs: the text that a token is over (docs/protocols/stamps.md)."""
import base64
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import threading

CONFIG = """[tsa]
serial = serial
digests = sha256, sha384, sha512
signer_digest = sha512
ess_cert_id_alg = sha512
default_policy = 1.2.3
accuracy = secs:1
"""


def at(moment: str, *command) -> subprocess.CompletedProcess:
    """Runs a command by a clock that shows that moment when it begins ("2030-01-01 00:00:00", UTC)."""
    clock = ["faketime", "-m", "--exclude-monotonic", "-f", f"@{moment}"]
    return subprocess.run([*clock, *map(str, command)], env=os.environ | {"TZ": "UTC"}, capture_output=True, text=True,
                          check=False, timeout=120)


class Notary:
    """Stamps at `moment`, which a test moves, by the newest signer that it has."""

    def __init__(self, folder: pathlib.Path, moment: str, subject: str = "/O=Notary", root_days: int = 9000):
        self.folder, self.moment = folder, moment
        folder.mkdir()
        (folder / "ts.cnf").write_text(CONFIG)
        (folder / "extension").write_text("extendedKeyUsage=critical,timeStamping\n")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-sha512",
                     "-subj", subject, "-days", root_days, "-keyout", "root.key", "-out", "root.pem")

    @property
    def root(self) -> pathlib.Path:
        return self.folder / "root.pem"

    def openssl(self, *words) -> None:
        done = at(self.moment, "sh", "-c", 'cd "$0" && exec openssl "$@"', self.folder, *words)
        assert done.returncode == 0, done.stderr

    def certify_signer(self, days: int) -> None:
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-subj", "/O=Notary/CN=Stamps",
                     "-keyout", "tsa.key", "-out", "tsa.csr")
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-sha512",
                     "-days", days, "-extfile", "extension", "-out", "tsa.pem")

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        self.openssl("ts", "-reply", "-config", "ts.cnf", "-section", "tsa", "-queryfile", "query.tsq", "-signer", "tsa.pem",
                     "-inkey", "tsa.key", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def token_over(self, text: bytes, name: str) -> bytes:
        (self.folder / "covered").write_bytes(text)
        self.openssl("ts", "-query", "-data", "covered", "-" + name.replace("-", ""), "-cert", "-out", "asked.tsq")
        self.answer((self.folder / "asked.tsq").read_bytes())
        self.openssl("ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "token")
        return (self.folder / "token").read_bytes()

    @contextlib.contextmanager
    def serving(self):
        """Yields the URL at which it answers (RFC 3161 §3.4)."""
        notary = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                assert self.headers["Content-Type"] == "application/timestamp-query"
                reply = notary.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
            server.server_close()


def covered_by(receipt: pathlib.Path, name: str, earlier: list[bytes], covers: str = "receipt") -> bytes:
    """The text of a stamp over a receipt, or over its checkpoint alone."""
    checkpoint = json.loads(receipt.read_bytes())["proof"].split("\n\n", 1)[1]
    def digest(octets: bytes) -> str:
        return hashlib.new(name.replace("-", ""), octets).hexdigest()
    lines = [f"countersign-stamp/v1 {name}", f"checkpoint {digest(checkpoint.encode())}",
             *([f"receipt {digest(receipt.read_bytes())}"] if covers == "receipt" else []),
             *(f"stamp {digest(token)}" for token in earlier)]
    return ("\n".join(lines) + "\n").encode()


def write_stamps(file: pathlib.Path, stamps: list[tuple[str, bytes]]) -> pathlib.Path:
    """Of hashes and tokens over a receipt."""
    file.write_text(json.dumps({"type": "stamps", "version": 1, "stamps": [
        {"covers": "receipt", "hash": name, "token": base64.b64encode(token).decode()} for name, token in stamps]}))
    return file


def read_tokens(file: pathlib.Path) -> list[tuple[str, bytes]]:
    return [(stamp["hash"], base64.b64decode(stamp["token"])) for stamp in json.loads(file.read_bytes())["stamps"]]
