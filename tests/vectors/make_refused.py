#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes refused/ anew: files of log, receipts and stamps with one thing wrong each, and refused/files.txt, which says what. Signed
again, where the wrong thing is under a signature, with the keys of log/keys by Python's cryptography."""
import base64
import hashlib
import json
import pathlib
import re
import shutil

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).resolve().parent
LOG, RECEIPTS, OUT = HERE / "log", HERE / "receipts", HERE / "refused"
KEYS = [line.split(" ") for line in (LOG / "keys").read_text().splitlines()]  # log, another signer, two witnesses
(LOG_KEY, _, WITNESS_KEY, _) = (text for _, text in KEYS)
ROOT = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
rows: list[str] = []


def text_of(name: str) -> str:
    return (LOG / name).read_text(encoding="utf-8")


def refused(form: str, name: str, code: str, why: str, content: str | bytes) -> None:
    (OUT / form).mkdir(parents=True, exist_ok=True)
    content = content if isinstance(content, bytes) else content.encode()
    (OUT / form / name).write_bytes(content)
    rows.append(f"# {why}\n{form}/{name} {code}\n")


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def line_of(key: int, text: str, time: int | None = None) -> str:
    """A line of signature by a key of log/keys, as a witness at that time."""
    seed, verifier = KEYS[key]
    name, _, rest = verifier.split("+", 2)
    message = text.encode() if time is None else f"cosignature/v1\ntime {time}\n{text}".encode()
    signature = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).sign(message)
    octets = hashlib.sha256(name.encode() + b"\n" + base64.b64decode(rest)).digest()[:4]
    octets += (b"" if time is None else time.to_bytes(8, "big")) + signature
    return f"\u2014 {name} {base64.b64encode(octets).decode()}\n"


def signed(text: str) -> str:
    return text + "\n" + line_of(0, text)


def verifier_keys() -> None:
    name, key_id, _ = LOG_KEY.split("+", 2)
    for file, code, why, text in (
            ("another-id", "malformed", "the id is not that of name and key", changed(LOG_KEY, key_id, "b4e29d70")),
            ("another-name", "malformed", "the id is that of the key under another name", changed(LOG_KEY, name, "dc2.example/log")),
            ("capitals", "malformed", "the id in capitals", changed(LOG_KEY, key_id, key_id.upper())),
            ("another-type", "unsupported", "a key of a type that is neither a log's nor a witness's", changed(LOG_KEY, "+AT1A", "+Bj1A")),
            ("short", "malformed", "a key of 30 octets", LOG_KEY[:-4]),
            ("space", "malformed", "a name with a space", changed(LOG_KEY, "dc1.", "dc1 ")),
            ("newline", "malformed", "a line end behind it", LOG_KEY + "\n")):
        refused("verifier-key", file, code, why, text)


def notes() -> None:
    note = text_of("checkpoint")
    body, line = note.split("\n\n")
    for file, code, why, text in (
            ("no-signature", "malformed", "no line of signature", body + "\n\n"),
            ("no-empty-line", "malformed", "no empty line above the signatures", body + "\n" + line),
            ("no-newline", "malformed", "no newline at the end", note[:-1]),
            ("carriage-returns", "malformed", "lines that end in CR LF", note.replace("\n", "\r\n")),
            ("hyphen", "malformed", "a hyphen in the place of U+2014", note.replace("\u2014", "-")),
            ("twice", "malformed", "two signatures of one name and id", note + line),
            ("unpadded", "malformed", "base64 without padding", changed(note, "CAo=\n", "CAo\n")),
            ("no-payload", "malformed", "an id and no signature", f"{body}\n\n\u2014 dc1.example/log tOKdcQ==\n"),
            ("control-character", "malformed", "a control character in the text", changed(note, "dc1.", "dc1\t."))):
        refused("note", file, code, why, text)
    refused("note", "not-utf-8", "malformed", "text that is not UTF-8", changed(note, "dc1.", "dc1?").encode().replace(b"?", b"\xff"))


def checkpoints() -> None:
    text, cosigned = f"dc1.example/log\n8\n{ROOT}\n", text_of("cosigned-checkpoint")
    for file, code, why, content in (
            ("leading-zero", "malformed", "a size with a leading zero", signed(changed(text, "\n8\n", "\n08\n"))),
            ("negative", "malformed", "a size with a sign", signed(changed(text, "\n8\n", "\n-8\n"))),
            ("two-to-63", "malformed", "a size of 2^63", signed(changed(text, "\n8\n", f"\n{1 << 63}\n"))),
            ("short-root", "malformed", "a root of 31 octets", signed(changed(text, ROOT, base64.b64encode(bytes(31)).decode()))),
            ("trailing-bits", "malformed", "a root whose unused bits are not zero", signed(changed(text, "Qyg=", "Qyh="))),
            ("no-root", "malformed", "two lines", signed("dc1.example/log\n8\n")),
            ("extension-line", "unsupported", "a line beyond the three", signed(text + "extension\n")),
            ("another-origin", "malformed", "signed by the log's key under another origin", signed(changed(text, "dc1", "dc2"))),
            ("another-size", "signature_invalid", "the log signed another size", changed(cosigned, "\n8\n", "\n9\n")),
            ("another-root", "signature_invalid", "the log signed another root", changed(cosigned, ROOT[:4], "Xcnb")),
            ("by-another", "signature_invalid", "somebody signed it, and not the log", text + "\n" + line_of(1, text)),
            ("by-a-witness-alone", "signature_invalid", "a witness cosigned what the log has not signed",
             text + "\n" + line_of(2, text, 1679315147)),
            ("cosignature-of-another-time", "signature_invalid", "a known witness's cosignature with another time than it signed",
             signed(text) + changed(line_of(2, text, 1679315147), "AAAABkGFDL", "AAAABkGFDM")),
            ("cosignature-of-another-size", "signature_invalid", "a known witness's cosignature of a tree of seven",
             signed(text) + line_of(2, changed(text, "\n8\n", "\n7\n"), 1679315147)),
            ("cosignature-of-no-time", "malformed", "a known witness's cosignature of the second 0", signed(text) + line_of(2, text, 0)),
            ("cosignature-after-9999", "malformed", "a known witness's cosignature of the year 10000",
             signed(text) + line_of(2, text, 253402300800))):
        refused("checkpoint", file, code, why, content)


def messages_and_proofs() -> None:
    question, lines, proof = text_of("add-checkpoint"), text_of("signature-lines"), text_of("inclusion.tlog-proof")
    first = question.split("\n")[1]
    for form, file, code, why, text in (
            ("add-checkpoint", "no-old", "malformed", "no line `old`", changed(question, "old 6\n", "")),
            ("add-checkpoint", "leading-zero", "malformed", "an old size with a leading zero", changed(question, "old 6", "old 06")),
            ("add-checkpoint", "short-hash", "malformed", "a hash of 31 octets", changed(question, first, base64.b64encode(bytes(31)).decode())),
            ("add-checkpoint", "64-hashes", "malformed", "a proof of 64 hashes", changed(question, first + "\n", (first + "\n") * 62)),
            ("add-checkpoint", "no-empty-line", "malformed", "no empty line behind the proof", changed(question, "\n\n", "\n")),
            ("add-checkpoint", "extension-line", "unsupported", "a checkpoint with a fourth line",
             question.split("\n\n")[0] + "\n\n" + signed(f"dc1.example/log\n8\n{ROOT}\nextension\n")),
            ("signature-lines", "nothing", "malformed", "no line", ""),
            ("signature-lines", "twice", "malformed", "two lines of one name and id", lines * 2),
            ("signature-lines", "no-newline", "malformed", "no newline at the end", lines[:-1]),
            ("known-size", "no-newline", "malformed", "no newline", "8"),
            ("known-size", "leading-zero", "malformed", "a leading zero", "08\n"),
            ("known-size", "words", "malformed", "something behind the number", "8 entries\n"),
            ("proof", "another-version.tlog-proof", "unsupported", "another version", changed(proof, "@v1", "@v2")),
            ("proof", "no-index.tlog-proof", "malformed", "no index", changed(proof, "index 5\n", "")),
            ("proof", "negative.tlog-proof", "malformed", "an index with a sign", changed(proof, "index 5", "index -5")),
            ("proof", "empty-extra.tlog-proof", "malformed", "an extra of nothing", changed(proof, "index 5", "extra \nindex 5")),
            ("proof", "extra-below.tlog-proof", "malformed", "an extra below the index", changed(proof, "index 5\n", "index 5\nextra AA==\n")),
            ("proof", "no-checkpoint.tlog-proof", "malformed", "no checkpoint", proof.split("\n\n")[0] + "\n\n"),
            ("proof", "short-hash.tlog-proof", "malformed", "a hash of 31 octets",
             changed(proof, proof.split("\n")[2], base64.b64encode(bytes(31)).decode()))):
        refused(form, file, code, why, text)


def policies() -> None:
    log, witnesses = f"log {LOG_KEY}\n", f"witness w1 {WITNESS_KEY}\nwitness w2 {KEYS[3][1]}\n"
    for file, code, why, text in (
            ("nothing", "malformed", "no quorum", ""),
            ("no-quorum", "malformed", "witnesses and no quorum", log + witnesses),
            ("two-quorums", "malformed", "two quorums", log + "quorum none\nquorum none\n"),
            ("unknown-name", "malformed", "a quorum of nobody", log + witnesses + "quorum w3\n"),
            ("below", "malformed", "a quorum above the group that it names", log + witnesses + "quorum G\ngroup G any w1 w2\n"),
            ("too-many", "malformed", "three of two", log + witnesses + "group G 3 w1 w2\nquorum G\n"),
            ("none-of-two", "malformed", "none of two", log + witnesses + "group G 0 w1 w2\nquorum G\n"),
            ("member-twice", "malformed", "a witness that counts twice in a group", log + witnesses + "group G 2 w1 w1\nquorum G\n"),
            ("member-of-two", "malformed", "a witness in two groups", log + witnesses + "group G any w1\ngroup H any w1 w2\nquorum H\n"),
            ("cycle", "malformed", "groups in each other", log + witnesses + "group G any w1 H\ngroup H any w2 G\nquorum G\n"),
            ("called-none", "malformed", "a witness by the name `none`", log + f"witness none {WITNESS_KEY}\nquorum none\n"),
            ("key-twice", "malformed", "one witness's key under two names", log + f"witness w1 {WITNESS_KEY}\nwitness w2 {WITNESS_KEY}\nquorum w1\n"),
            ("log-as-witness", "unsupported", "a log's key for a witness", log + f"witness w1 {LOG_KEY}\nquorum w1\n"),
            ("witness-as-log", "unsupported", "a witness's key for a log", f"log {WITNESS_KEY}\nquorum none\n"),
            ("comment-behind", "malformed", "a comment behind words", log + "quorum none # nobody\n"),
            ("no-newline", "malformed", "no newline at the end", log + "quorum none"),
            ("another-word", "malformed", "a line of another kind", log + "threshold 2\nquorum none\n")):
        refused("policy", file, code, why, text)


def receipts() -> None:
    good = (RECEIPTS / "good.countersign-receipt.json").read_text(encoding="utf-8")
    members = json.loads(good)
    nonce, proof = base64.b64decode(members["nonce"]), members["proof"]
    hashes = proof.split("\n\n")[0].split("\n")[2:]
    other = base64.b64encode(bytes(32)).decode()

    def with_proof(text: str) -> str:
        return json.dumps(members | {"proof": text}, separators=(",", ":"), ensure_ascii=False)

    cosigned = re.search(r"\u2014 (\S+) (\S+)\n\Z", proof)
    bad = base64.b64encode(base64.b64decode(cosigned[2])[:-1] + bytes([base64.b64decode(cosigned[2])[-1] ^ 1])).decode()
    for file, code, why, text in (
            ("another-nonce", "conflict", "a nonce that is not that of the entry",
             changed(good, members["nonce"], base64.b64encode(bytes([nonce[0] ^ 1]) + nonce[1:]).decode())),
            ("another-index", "conflict", "a proof of another index than the confirmation's",
             with_proof(changed(proof, "index 300\n", "index 301\n"))),
            ("another-hash", "conflict", "a proof that does not lead to the root", with_proof(changed(proof, hashes[0], other))),
            ("a-hash-more", "conflict", "a proof with a hash too many",
             with_proof(changed(proof, hashes[-1] + "\n", f"{hashes[-1]}\n{other}\n"))),
            ("another-root", "conflict", "a root that the log has not signed, and the proof does not lead to",
             with_proof(re.sub(r"(\n420\n)\S+", lambda found: found[1] + other, proof))),
            ("another-cosignature", "signature_invalid", "a cosignature with one bit altered", with_proof(changed(proof, cosigned[2], bad))),
            ("one-witness", "not_found", "one cosignature where the policy asks for two", with_proof(proof[:cosigned.start()])),
            ("unknown-member", "malformed", "a member that there is not", good[:-1] + ',"more":1}'),
            ("member-twice", "malformed", "a member that stands twice", good[:-1] + ',"version":1}'),
            ("another-version", "unsupported", "another version", changed(good, '"version":1', '"version":2'))):
        refused("receipt", f"{file}.countersign-receipt.json", code, why, text)


def stamps() -> None:
    file = (RECEIPTS / "good.countersign-stamps.json").read_text(encoding="utf-8")
    first, second = json.loads(file)["stamps"]

    def of(*stamps: dict, **more) -> str:
        return json.dumps({"type": "stamps", "version": 1, "stamps": list(stamps)} | more, separators=(",", ":"))

    token = bytearray(base64.b64decode(first["token"]))
    token[-1] ^= 1  # of the signature
    for name, code, why, text in (
            ("none", "malformed", "no stamp", of()),
            ("another-version", "unsupported", "another version", of(first, version=2)),
            ("unknown-hash", "unsupported", "a hash that is not known", of(first | {"hash": "sha-1"})),
            ("unknown-coverage", "unsupported", "covers something else", of(first | {"covers": "confirmation"})),
            ("unknown-member", "malformed", "a member that there is not", of(first | {"more": 1})),
            ("not-base64", "malformed", "a token that is not base64", of(first | {"token": "*"})),
            ("swapped", "conflict", "the second stamp in the first one's place: neither is over what stands above it", of(second, first)),
            ("left-out", "conflict", "the first stamp left out, which the second is over", of(second)),
            ("another-hash", "conflict", "a token over the SHA-256 of a text, said to be over a SHA-384", of(first | {"hash": "sha-384"})),
            ("checkpoint-alone", "conflict", "a token over the receipt, said to be over its checkpoint alone", of(first | {"covers": "checkpoint"})),
            ("altered-token", "signature_invalid", "a token whose signature has one bit altered",
             of(first | {"token": base64.b64encode(token).decode()}))):
        refused("stamps", f"{name}.countersign-stamps.json", code, why, text)


def sunsets() -> None:
    good = (RECEIPTS / "sunsets").read_text(encoding="utf-8")
    line = "sunset sha-256 2040-01-01T00:00:00Z\n"
    for file, code, why, text in (
            ("unknown-name", "unsupported", "an algorithm whose name is misspelt, which would go on being trusted", line.replace("-256", "256")),
            ("twice", "malformed", "two sunsets of one algorithm", good + line + line),
            ("another-word", "malformed", "a line of another kind", "until sha-256 2040-01-01T00:00:00Z\n"),
            ("no-time", "malformed", "no time", "sunset sha-256\n"),
            ("a-day", "malformed", "a day in the place of a time", "sunset sha-256 2040-01-01\n"),
            ("comment-behind", "malformed", "a comment behind words", line[:-1] + " # as they say\n"),
            ("no-newline", "malformed", "no newline at the end", line[:-1])):
        refused("sunsets", file, code, why, text)


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    for write in (verifier_keys, notes, checkpoints, messages_and_proofs, policies, receipts, stamps, sunsets):
        write()
    (OUT / "files.txt").write_text("# SPDX-License-Identifier: Apache-2.0\n\n" + "".join(rows), encoding="utf-8")
