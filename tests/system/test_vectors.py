# SPDX-License-Identifier: Apache-2.0
"""A second implementation of log, witness, receipt, policy and stamps, small and in Python, written from
docs/protocols/log-formats.md, receipt.md and stamps.md: it agrees with the golden vectors of tests/vectors, and refuses those that
are well formed and prove nothing. Signed documents and time-stamps are judged by OpenSSL."""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import uuid

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cms_form import message, parts_of
from notary import covered_by

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors"
LOG, RECEIPTS, STAMPS = (VECTORS / name for name in ("log", "receipts", "time-stamps"))
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def rows(file: str) -> list[list[str]]:
    lines = (LOG / file).read_text(encoding="utf-8").split("\n")
    return [line.split(" ") for line in lines if line and not line.startswith("#")]


def refused(form: str, *codes: str) -> list[str]:
    """Files of this form that are to be refused for one of these reasons."""
    lines = (VECTORS / "refused/files.txt").read_text(encoding="utf-8").split("\n")
    found = [line.split(" ") for line in lines if line.startswith(f"{form}/")]
    return [name for name, code in found if code in codes]


def octets(text: str) -> bytes:
    return b"" if text == "-" else bytes.fromhex(text)


# --- the tree

def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1", left, right)


def left_half(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    half = left_half(len(leaves))
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that a proof leads to, from the definition of PATH (RFC 9162 §2.1.3.1) read backwards; None where its length is
    wrong."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    half = left_half(size)
    *rest, sibling = proof
    if index < half:
        left = root_by_inclusion(leaf, index, half, rest)
        return left and node_hash(left, sibling)
    right = root_by_inclusion(leaf, index - half, size - half, rest)
    return right and node_hash(sibling, right)


def roots_by_consistency(old: int, size: int, proof: list[bytes], old_root: bytes, is_whole=True) -> tuple[bytes, bytes] | None:
    """Old and new root, from the definition of SUBPROOF (RFC 9162 §2.1.4.1) read backwards; None where its length is wrong."""
    if old == size:
        if is_whole:
            return (old_root, old_root) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    half = left_half(size)
    *rest, sibling = proof
    if old <= half:
        found = roots_by_consistency(old, half, rest, old_root, is_whole)
        return found and (found[0], node_hash(found[1], sibling))
    found = roots_by_consistency(old - half, size - half, rest, old_root, False)
    return found and (node_hash(sibling, found[0]), node_hash(sibling, found[1]))


def is_included(leaf: bytes, index: int, size: int, root: bytes, proof: list[bytes]) -> bool:
    return index < size and root_by_inclusion(leaf, index, size, proof) == root


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    if old == 0:
        return not proof and old_root == sha256()
    return old <= size and roots_by_consistency(old, size, proof, old_root) == (old_root, root)


@pytest.mark.parametrize("file", ["tree.txt", "decimals.txt"])
def test_trees_and_proofs(file):
    entries = [octets(row[1]) for row in rows(file) if row[0] == "leaf"] or [str(i).encode() for i in range(70000)]
    leaves = [leaf_hash(entry) for entry in entries]
    roots: dict[int, bytes] = {}

    def root(size: int) -> bytes:
        if size not in roots:
            roots[size] = root_of(leaves[:size])
        return roots[size]

    judged = 0
    for kind, *words in rows(file):
        if kind == "root":
            assert root(int(words[0])) == octets(words[1])
        elif kind.endswith("inclusion"):
            index, size, *proof = words[1:] if kind.startswith("refused") else words
            leaf = leaves[min(int(index), int(size) - 1)]
            found = is_included(leaf, int(index), int(size), root(int(size)), [octets(word) for word in proof])
            assert found == (kind == "inclusion"), words
        elif kind.endswith("consistency"):
            old, size, *proof = words[1:] if kind.startswith("refused") else words
            found = is_consistent(int(old), root(int(old)), int(size), root(int(size)), [octets(word) for word in proof])
            assert found == (kind == "consistency"), words
        elif kind in ("tile", "entries"):
            size, path, length, digest = int(words[0]), *words[1:]
            content = tile_at(path, entries[:size], leaves[:size])
            assert (len(content), sha256(content)) == (int(length), octets(digest)), words
        else:
            assert kind == "leaf", kind
        judged += 1
    assert judged > 20


# --- tiles

PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def parse_path(path: str) -> tuple[str, int, int] | None:
    """Level, number and width."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    level, groups, last, width = found.groups()
    groups = groups.replace("x", "").split("/")[:-1]
    is_level = level == "entries" or int(level) < 64
    is_usual = is_level and (not groups or groups[0] != "000") and (width is None or int(width) < 256)
    number = int("".join(groups) + last)
    return (level, number, int(width or 256)) if is_usual and number < 1 << 64 else None


def tile_at(path: str, entries: list[bytes], leaves: list[bytes]) -> bytes:
    level, number, width = parse_path(path)
    if level == "entries":
        chosen = entries[number * 256:number * 256 + width]
        return b"".join(len(entry).to_bytes(2, "big") + entry for entry in chosen)
    below = 256 ** int(level)
    return b"".join(root_of(leaves[i * below:(i + 1) * below]) for i in range(number * 256, number * 256 + width))


def path_of(level: str, number: int, width: int) -> str:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *groups, last = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    return f"tile/{level}/{''.join(f'x{group}/' for group in groups)}{last}" + (f".p/{width}" if width < 256 else "")


def tiles_of(size: int) -> dict[tuple[int, int], int]:
    """Width of each tile, by level and number."""
    tiles = {}
    level = 0
    while (hashes := size // 256 ** level) > 0:
        tiles |= {(level, number): 256 for number in range(hashes // 256)}
        if hashes % 256:
            tiles[level, hashes // 256] = hashes % 256
        level += 1
    return tiles


def test_tiles():
    judged = 0
    for kind, *words in rows("tiles.txt"):
        if kind == "path":
            level, number, width, path = words
            assert path_of(level, int(number), int(width)) == path and parse_path(path) == (level, int(number), int(width))
        elif kind == "refused-path":
            assert parse_path(" ".join(words)) is None, words
        elif kind == "width":
            size, level, full, partial = map(int, words)
            assert (size // 256 ** (level + 1), size // 256 ** level % 256) == (full, partial)
        else:
            assert kind == "new"
            before, after = tiles_of(int(words[0])), tiles_of(int(words[1]))
            new = [path_of(str(level), number, width) for (level, number), width in sorted(after.items())
                   if before.get((level, number)) != width]
            assert new == words[2:]
        judged += 1
    assert judged > 20


# --- entries

def has_entry(der: bytes) -> bool:
    try:
        return message(*parts_of(der)) == der
    except AssertionError:
        return False


def entry_of(confirmation_id: str, nonce: bytes, confirmation: bytes) -> bytes:
    content, rest = parts_of(confirmation)
    return b"\1" + uuid.UUID(confirmation_id).bytes + sha256(nonce, sha256(content), rest)


def is_entry(entry: bytes) -> bool:
    if len(entry) != 49 or entry[0] != 1:
        return entry == b"\2" + bytes(48)
    identity = uuid.UUID(bytes=entry[1:17])
    return identity.variant == uuid.RFC_4122 and identity.version == 4


def test_entries():
    for kind, *words in rows("entries.txt"):
        if kind == "entry":
            assert has_entry(octets(words[2]))
            entry = entry_of(words[0], octets(words[1]), octets(words[2]))
            assert entry == octets(words[3]) and leaf_hash(entry) == octets(words[4]) and is_entry(entry)
        elif kind == "refused-confirmation":
            assert not has_entry(octets(words[0])), words
        elif kind == "left-out":
            assert is_entry(octets(words[0])) and leaf_hash(octets(words[0])) == octets(words[1])
        else:
            assert kind == "refused-entry" and not is_entry(octets(words[0])), words


# --- notes

class Key:
    """A verifier key."""
    def __init__(self, text: str):
        self.name, identity, rest = text.split("+", 2)
        octets_of_key = base64.b64decode(rest, validate=True)
        self.type, self.octets = octets_of_key[0], octets_of_key[1:]
        self.id = sha256(self.name.encode(), b"\n", octets_of_key)[:4]
        assert self.id.hex() == identity and len(self.octets) == 32

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.octets).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def parse_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and name, id and payload of each signature."""
    text, lines = note.rsplit("\n\n", 1)
    signatures = []
    for line in lines.removesuffix("\n").split("\n"):
        name, rest = re.fullmatch(f"\u2014 ([^{WHITE_SPACE}+]+) ([A-Za-z0-9+/]+=*)", line).groups()
        found = base64.b64decode(rest, validate=True)
        assert len(found) > 4
        signatures.append((name, found[:4], found[4:]))
    assert len({signature[:2] for signature in signatures}) == len(signatures)
    return text + "\n", signatures


def judge(note: str, key: Key) -> int | bool | None:
    """None where the key has not signed, False where its signature is bad; True, or the time of a cosignature."""
    text, signatures = parse_note(note)
    payload = next((payload for *signer, payload in signatures if signer == [key.name, key.id]), None)
    if payload is None:
        return None
    if key.type == 1:
        return key.verifies(payload, text.encode())
    time = int.from_bytes(payload[:8], "big")
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    return key.type == 4 and len(payload) == 72 and key.verifies(payload[8:], message) and time


def parse_checkpoint(note: str) -> tuple[str, int, bytes]:
    origin, size, root = parse_note(note)[0].removesuffix("\n").split("\n")
    assert str(int(size)) == size
    return origin, int(size), base64.b64decode(root, validate=True)


def read(name: str) -> str:
    return (LOG / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="keys")
def keys_of_log() -> list[Key]:
    found = []
    for seed, text in rows("keys"):
        key = Key(text)
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        assert private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) == key.octets
        found.append(key)
    return found


def leaves_of_tree() -> list[bytes]:
    return [leaf_hash(octets(row[1])) for row in rows("tree.txt") if row[0] == "leaf"]


def test_notes_and_checkpoints(keys):
    log, signer, witness, _ = keys
    assert judge(read("note"), signer) is True
    for name in ("checkpoint", "cosigned-checkpoint", "several-signatures"):
        assert judge(read(name), log) is True, name
        assert parse_checkpoint(read(name)) == (log.name, 8, root_of(leaves_of_tree()))
        assert judge(read(name).replace("\n8\n", "\n9\n"), log) is False
    assert judge(read("checkpoint"), witness) is None
    assert judge(read("cosigned-checkpoint"), witness) == 1679315147  # 2023-03-20T12:25:47Z
    assert judge(read("cosigned-checkpoint").replace("\n8\n", "\n9\n"), witness) is False


@pytest.mark.parametrize("name", refused("checkpoint", "signature_invalid"))
def test_checkpoints_that_were_not_signed(keys, name):
    log, _, *witnesses = keys
    note = (VECTORS / "refused" / name).read_text(encoding="utf-8")
    assert judge(note, log) is not True or False in [judge(note, witness) for witness in witnesses]


def test_messages_of_a_witness(keys):
    log, _, witness, _ = keys
    leaves = leaves_of_tree()
    cosigned = 0
    for name in ("add-checkpoint-first", "add-checkpoint"):
        head, checkpoint = read(name).split("\n\n", 1)
        old, *proof = head.split("\n")
        assert judge(checkpoint, log) is True
        _, size, root = parse_checkpoint(checkpoint)
        old_size = int(old.removeprefix("old "))
        assert is_consistent(old_size, root_of(leaves[:old_size]), size, root, [base64.b64decode(line) for line in proof]), name
        assert root == root_of(leaves[:size])
        if judge(checkpoint + read("signature-lines"), witness):
            cosigned += 1
    assert cosigned == 1, "the answer is to one of them"
    assert read("known-size") == f"{old_size}\n"


def parse_proof(proof: str) -> tuple[int, list[bytes], str]:
    head, checkpoint = proof.split("\n\n", 1)
    version, *lines = head.split("\n")
    assert version == "c2sp.org/tlog-proof@v1"
    if lines[0].startswith("extra "):
        base64.b64decode(lines.pop(0).removeprefix("extra "), validate=True)
    hashes = [base64.b64decode(line, validate=True) for line in lines[1:]]
    return int(lines[0].removeprefix("index ")), hashes, checkpoint


@pytest.mark.parametrize("name", ["inclusion", "inclusion-with-extra", "only-entry"])
def test_proofs(keys, name):
    index, proof, checkpoint = parse_proof(read(f"{name}.tlog-proof"))
    assert judge(checkpoint, keys[0]) is True
    _, size, root = parse_checkpoint(checkpoint)
    assert is_included(leaves_of_tree()[index], index, size, root, proof)
    assert len(proof) == (0 if name == "only-entry" else 3)


# --- policies

class Policy:
    def __init__(self, text: bytes):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        for line in text.decode("utf-8").split("\n"):
            kind, *words = line.split() or ["#"]
            if kind == "log":
                self.logs.append(Key(words[0]))
            elif kind == "witness":
                self.witnesses[words[0]] = Key(words[1])
            elif kind == "group":
                name, needed, *members = words
                self.groups[name] = ({"any": 1, "all": len(members)}.get(needed) or int(needed), members)
            elif kind == "quorum":
                self.quorum = words[0]
            else:
                assert kind.startswith("#")

    def is_enough(self, cosigned: set[str], name: str | None = None) -> bool:
        name = name or self.quorum
        if name in self.groups:
            needed, members = self.groups[name]
            return sum(self.is_enough(cosigned, member) for member in members) >= needed
        return name == "none" or name in cosigned


def test_policies():
    policy = Policy((LOG / "policy").read_bytes())
    verdicts = rows("policy-verdicts")
    assert len(verdicts) == 2 ** len(policy.witnesses)
    for verdict, *cosigned in verdicts:
        assert policy.is_enough(set(cosigned)) == (verdict == "enough"), cosigned


# --- receipts

CONFIRMATION_SIGNER, MAP_SIGNER = 2, 10  # the last number of the role's policy

def content_of(der: bytes, role: int) -> dict:
    """What is signed, once OpenSSL found signature, path and role right as of the vectors' time."""
    policy = f"2.25.5029185730381929265412404197190874440.1.{role}"
    command = ["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER",
               "-CAfile", RECEIPTS / "network-root.pem", "-attime", "1795000000", "-explicit_policy", "-policy", policy]
    done = subprocess.run(command, input=der, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def read_receipt(name: str) -> dict:
    return json.loads((RECEIPTS / f"{name}.countersign-receipt.json").read_text(encoding="utf-8"))


def proves(receipt: dict) -> bool:
    """Whether the log holds the confirmation, and as many witnesses as the policy asks for saw it."""
    assert [receipt["type"], receipt["version"]] == ["receipt", 1]
    der = base64.b64decode(receipt["confirmation"], validate=True)
    confirmation = content_of(der, CONFIRMATION_SIGNER)
    index, proof, checkpoint = parse_proof(receipt["proof"])
    origin, size, root = parse_checkpoint(checkpoint)
    leaf = leaf_hash(entry_of(confirmation["id"], base64.b64decode(receipt["nonce"], validate=True), der))
    policy = Policy((RECEIPTS / "policy").read_bytes())
    judged = {witness: judge(checkpoint, key) for witness, key in policy.witnesses.items()}
    return ((confirmation["log"], confirmation["index"]) == (origin, index) and is_included(leaf, index, size, root, proof)
            and [judge(checkpoint, key) for key in policy.logs] == [True] and False not in judged.values()
            and policy.is_enough({witness for witness, found in judged.items() if found}))


@pytest.mark.parametrize("name, is_enough", [("good", True), ("earlier", True), ("fork", True), ("pending", False)])
def test_receipts(name, is_enough):
    receipt = read_receipt(name)
    assert proves(receipt) == is_enough
    confirmation = content_of(base64.b64decode(receipt["confirmation"]), CONFIRMATION_SIGNER)
    network_map = content_of(base64.b64decode(receipt["maps"][0]), MAP_SIGNER)
    centre = next(one for one in network_map["dataCentres"] if one["name"] == confirmation["dataCentre"])
    log, = Policy((RECEIPTS / "policy").read_bytes()).logs
    assert Key(centre["log"]["key"]).octets == log.octets and centre["log"]["origin"] == confirmation["log"]


@pytest.mark.parametrize("name", refused("receipt", "conflict", "signature_invalid", "not_found"))
def test_receipts_that_prove_nothing(name):
    assert not proves(json.loads((VECTORS / "refused" / name).read_text(encoding="utf-8")))


def test_the_address_of_a_receipt():
    def signed_by_others(der: bytes) -> bytes:
        return subprocess.run(["openssl", "cms", "-verify", "-binary", "-noverify", "-nosigs", "-inform", "DER"], input=der,
                              capture_output=True, check=True).stdout
    confirmation = content_of((RECEIPTS / "confirmation.p7m").read_bytes(), CONFIRMATION_SIGNER)
    order = signed_by_others(signed_by_others(base64.b64decode(confirmation["countersignedOrder"])))
    address = f"log={confirmation['log']}&index={confirmation['index']}&order={sha256(order).hex()}\n"
    assert (RECEIPTS / "address").read_text(encoding="utf-8") == address


def test_the_receipts_tiles_and_parts():
    good = read_receipt("good")
    assert base64.b64decode(good["confirmation"]) == (RECEIPTS / "confirmation.p7m").read_bytes()
    assert base64.b64decode(good["maps"][0]) == (RECEIPTS / "network-map.p7m").read_bytes()
    leaves = []
    for (level, number), width in sorted(tiles_of(420).items()):
        tile = (RECEIPTS / path_of(str(level), number, width)).read_bytes()
        hashes = [tile[i:i + 32] for i in range(0, len(tile), 32)]
        assert len(hashes) == width
        if level == 0:
            leaves += hashes
        else:
            assert hashes == [root_of(leaves[i * 256:(i + 1) * 256]) for i in range(width)]
    for name in ("good", "earlier"):
        _, size, root = parse_checkpoint(parse_proof(read_receipt(name)["proof"])[2])
        assert root_of(leaves[:size]) == root
    _, _, fork = parse_checkpoint(parse_proof(read_receipt("fork")["proof"])[2])
    assert fork != root_of(leaves), "another tree of the same size"


# --- time-stamps

@pytest.mark.parametrize("side, time", [("of-openssl", 1795449104), ("of-countersign", 1795449102)])
def test_time_stamps(tmp_path, side, time):
    folder = STAMPS / side

    def verifies(*what) -> bool:
        command = ["openssl", "ts", "-verify", "-CAfile", folder / "network-root.pem", "-attime", str(time),
                   "-in", folder / "response.tsr", *what]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert verifies("-queryfile", folder / "query.tsq") and verifies("-data", STAMPS / "data")
    other = tmp_path / "other"
    other.write_bytes(b"another checkpoint")
    assert not verifies("-data", other)


# --- stamps

WHILE_BOTH_ARE_GOOD = "1924992000"  # 2031-01-01

def are_stamped(file: pathlib.Path, folder: pathlib.Path) -> bool:
    """Whether each token is over the good receipt and the tokens before it, by the clock of that time."""
    token, covered, earlier = folder / "token", folder / "covered", []
    for stamp in json.loads(file.read_bytes())["stamps"]:
        token.write_bytes(base64.b64decode(stamp["token"], validate=True))
        covered.write_bytes(covered_by(RECEIPTS / "good.countersign-receipt.json", stamp["hash"], earlier, stamp["covers"]))
        verify = ["openssl", "ts", "-verify", "-token_in", "-in", token, "-data", covered, "-attime", WHILE_BOTH_ARE_GOOD,
                  "-CAfile", RECEIPTS / "notary-root.pem"]
        if subprocess.run(verify, capture_output=True, check=False).returncode:
            return False
        earlier.append(token.read_bytes())
    return len(earlier) > 0


def test_stamps(tmp_path):
    assert are_stamped(RECEIPTS / "good.countersign-stamps.json", tmp_path)


@pytest.mark.parametrize("name", refused("stamps", "conflict", "signature_invalid"))
def test_stamps_over_something_else(tmp_path, name):
    assert not are_stamped(VECTORS / "refused" / name, tmp_path)


ALGORITHMS = {"sha-256", "sha-384", "sha-512", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"}

def parse_sunsets(text: str) -> dict[str, str] | None:
    *lines, end = text.split("\n")
    found = [re.fullmatch(r"sunset (\S+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", line) for line in lines if line and line[0] != "#"]
    if end or None in found or not ALGORITHMS >= {one[1] for one in found}:
        return None
    return {one[1]: one[2] for one in found} if len({one[1] for one in found}) == len(found) else None


def test_sunsets():
    assert parse_sunsets((RECEIPTS / "sunsets").read_text(encoding="utf-8")) == dict.fromkeys(
        ["ecdsa-p256", "ed25519"], "2035-01-01T00:00:00Z")
    names = refused("sunsets", "malformed", "unsupported")
    assert names and not any(parse_sunsets((VECTORS / "refused" / name).read_text(encoding="utf-8")) for name in names)
