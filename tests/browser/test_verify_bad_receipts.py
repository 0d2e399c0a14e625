# SPDX-License-Identifier: Apache-2.0
"""The page that verifies receipts, opened from the disk and as served, on receipts with one thing wrong each: it names what is
wrong, judges as `countersign verify` does, and asks nobody for anything."""
import base64
import functools
import http.server
import json
import os
import pathlib
import subprocess
import threading

import pytest
from browser import play_in_browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "web/verify"
SAMPLES = ROOT / "tests/vectors/receipts"
COUNTERSIGN = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/countersign/countersign"


def sample(name: str) -> dict:
    return json.loads((SAMPLES / f"{name}.countersign-receipt.json").read_text(encoding="utf-8"))


def flipped(text: str, place: int = -1) -> str:
    """base64 of octets with one bit turned."""
    octets = bytearray(base64.b64decode(text))
    octets[place] ^= 1
    return base64.b64encode(octets).decode()


def with_line(proof: str, number: int, change) -> str:
    lines = proof.split("\n")
    lines[number] = change(lines[number])
    return "\n".join(lines)


def in_signature(line: str) -> str:
    words = line.split(" ")
    return " ".join([*words[:-1], flipped(words[-1])])


def signature_line(proof: str, name: str) -> int:
    return next(number for number, line in enumerate(proof.split("\n")) if line.startswith("\u2014 ") and name in line)


def changed(**members) -> str:
    """The good receipt with other members, or with members made from those it has."""
    receipt = sample("good")
    others = {name: value(receipt[name]) if callable(value) else value for name, value in members.items()}
    return json.dumps({**receipt, **others})


def with_proof(change) -> str:
    return changed(proof=change)


def without_line(proof: str, number: int) -> str:
    lines = proof.split("\n")
    return "\n".join(lines[:number] + lines[number + 1:])


def in_confirmation(words: bytes):
    """Turns one bit behind these words of the confirmation."""
    def change(confirmation: str) -> str:
        octets = base64.b64decode(confirmation)
        assert words in octets
        return flipped(confirmation, octets.index(words) + len(words))
    return change


GOOD = json.dumps(sample("good"))
OF_THE_LOG, OF_A_WITNESS = "seoul-1.example/log ", "busan-1.example/witness "
UNFIT, NOT_THERE = "does not fit what is signed", "does not stand in the log at this place"
# From a real receipt: what is handed in, and what the page must say.
SPOILT = {
    "a bit of the confirmation's signature turned": (changed(confirmation=flipped), UNFIT),
    "a bit of the confirmation's total turned": (changed(confirmation=in_confirmation(b'"total":')), UNFIT),
    "the nonce of another order": (changed(nonce=sample("fork")["nonce"]), NOT_THERE),
    "a node of the proof altered": (with_proof(lambda proof: with_line(proof, 2, flipped)), NOT_THERE),
    "a node of the proof left out": (with_proof(lambda proof: without_line(proof, 2)), NOT_THERE),
    "the proof of another index": (with_proof(lambda proof: proof.replace("index 300", "index 299")),
                                   "another entry than the confirmation names"),
    "the proof of another confirmation": (changed(proof=sample("fork")["proof"]), "another entry than the confirmation names"),
    "the checkpoint of another origin": (with_proof(lambda proof: proof.replace("\nseoul-1.example/", "\nosaka-1.example/")),
                                         "another log than the confirmation names"),
    "a checkpoint of a larger tree": (with_proof(lambda proof: proof.replace("\n420\n", "\n421\n")), UNFIT),
    "a checkpoint with a bad signature": (
        with_proof(lambda proof: with_line(proof, signature_line(proof, OF_THE_LOG), in_signature)), UNFIT),
    "a forged cosignature": (with_proof(lambda proof: with_line(proof, signature_line(proof, OF_A_WITNESS), in_signature)),
                             "fewer or others than your policy asks for"),
    "too few cosignatures for the policy": (json.dumps(sample("pending")), "fewer or others than your policy asks for"),
    "a map with a bad signature": (changed(maps=lambda maps: [flipped(maps[0])]), "network map in the receipt"),
    "a map that is a confirmation": (changed(maps=[sample("good")["confirmation"]]), "network map in the receipt"),
    "JSON that is cut off": (GOOD[:-200], "not well formed"),
    "a member twice": (GOOD.replace('"version"', '"version": 1, "version"', 1), "not well formed"),
    "a member more": (changed(note="x"), "not well formed"),
    "another type of document": (changed(type="order"), "a kind or version that this page does not know"),
    "a later version": (changed(version=2), "a kind or version that this page does not know"),
}
# Of web/verify/tests/receipt_cases.ts, with keys of their own: what is signed anew after it was changed.
SIGNED_ANEW = {
    "a purchaser’s signature that does not verify": "the purchaser’s signature",
    "a purchaser’s certificate that was revoked": "not good when the authority decided",
    "a purchaser whose certificate had ended": "was over when the authority decided",
    "a merchant’s certificate that was suspended": "not good when the authority decided",
    "a total that the order does not have": "another total than the order",
    "a map that was over": "network map in the receipt was over",
    "a map that somebody else signed": "the network map in the receipt",
    "another network’s root": "another network than that of the root",
    "a cosignature that does not verify": "cosignature of",
    "a cosignature from before the decision": "before it was made",
    "no witness, where the policy asks for one": "fewer or others than your policy asks for",
    "no map, and nobody to say which key is the log’s": "Nobody says which key the log signs with",
    # Valid for both, and the page says what nobody vouches for.
    "pending: no witness has cosigned yet": "authority’s word alone",
    "witnessed by another data centre of the map": "You chose no policy",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("built")
    for command in (["npm", "run", "--silent", "compile"], ["npm", "run", "--silent", "build", "--", "--outDir", folder / "dist"],
                    ["node", "build/tests/write_cases.js", folder / "cases"]):
        done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def judged(case: dict) -> bool:
    """What `countersign verify` says of it."""
    command = [COUNTERSIGN, "verify", case["receipt"], "--root", case["root"]]
    if case["policy"]:
        command += ["--policy", case["policy"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert done.stdout.startswith("VALID" if done.returncode == 0 else "NOT VALID"), done.stdout
    return done.returncode == 0


def cases_of(built: pathlib.Path) -> list[dict]:
    trust = {"root": str(SAMPLES / "network-root.pem"), "policy": str(SAMPLES / "policy")}
    good = str(SAMPLES / "good.countersign-receipt.json")
    cases = [{"name": "a good receipt", "receipt": good, "says": "what your policy asks for", **trust}]
    for number, (name, (text, says)) in enumerate(SPOILT.items()):
        file = built / f"spoilt-{number}.countersign-receipt.json"
        file.write_text(text, encoding="utf-8")
        cases.append({"name": name, "receipt": str(file), "says": says, **trust})
    for folder in sorted((built / "cases").iterdir()):
        name = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))["name"]
        if says := SIGNED_ANEW.get(name):
            policy = folder / "trust.policy"
            cases.append({"name": name, "receipt": str(folder / "case.countersign-receipt.json"), "says": says,
                          "root": str(folder / "root.pem"), "policy": str(policy) if policy.exists() else None})
    assert len(cases) == 1 + len(SPOILT) + len(SIGNED_ANEW)
    for case in cases:
        case["valid"] = judged(case)
    return cases


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the page, and remembers what it was asked for."""
    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


def test_what_is_wrong_is_named_as_countersign_judges_it_and_nothing_leaves_the_page(built):
    cases = cases_of(built)
    assert sum(not case["valid"] for case in cases) == len(SPOILT) + len(SIGNED_ANEW) - 2
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=built / "dist")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served = f"http://127.0.0.1:{server.server_port}/index.html"
        play_in_browser("verify_bad_receipts.mjs", {"addresses": [(built / "dist/index.html").as_uri(), served], "cases": cases})
        server.shutdown()
    assert set(Handler.asked) == {"/index.html"}
