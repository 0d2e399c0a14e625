# SPDX-License-Identifier: Apache-2.0
"""An operator has a procedure explained, drawn, and its contradictions named, before anybody uses it."""
import hashlib
import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/authority/countersign-authority"
SAMPLE = ROOT / "etc/procedure.json"


def check(file: pathlib.Path, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, "procedure", "check", file, *more], capture_output=True, text=True, check=False, timeout=30)


def spoilt(tmp_path, spoil) -> pathlib.Path:
    procedure = json.loads(SAMPLE.read_text(encoding="utf-8"))
    spoil(procedure)
    file = tmp_path / "procedure.json"
    file.write_text(json.dumps(procedure), encoding="utf-8")
    return file


def test_the_sample_procedure_is_explained_and_drawn(tmp_path):
    picture = tmp_path / "goods.svg"
    done = check(SAMPLE, "--picture", picture)
    assert done.returncode == 0, done.stderr
    for said in ("1. charge: capture, by card (charging", "Begins when invoice and broker are over.",
                 "Is the point of no return", "Sales desk <desk@shop.example>",
                 "SHA-256 " + hashlib.sha256(SAMPLE.read_bytes()).hexdigest()):
        assert said in done.stdout
    drawn = xml.etree.ElementTree.parse(picture).getroot()
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    for step in ("charge", "invoice", "broker", "ship"):
        assert step in texts


def test_every_contradiction_of_a_procedure_is_named_at_once(tmp_path):
    def spoil(procedure):
        procedure["steps"][0]["after"] = ["ship"]
        procedure["steps"][3]["needs"] = ["amount"]
        procedure["pointOfNoReturn"] = "pay"

    done = check(spoilt(tmp_path, spoil), "--picture", tmp_path / "none.svg")
    assert done.returncode == 1
    for said in ("step charge: waits for itself in the end", "step ship: needs amount, which is not for logistics",
                 "point of no return: pay is no step"):
        assert said in done.stdout
    assert "contradicts itself" in done.stderr
    assert not (tmp_path / "none.svg").exists(), "nothing is drawn of it"


def test_a_procedure_with_a_member_that_nobody_knows_is_refused_by_its_path(tmp_path):
    done = check(spoilt(tmp_path, lambda procedure: procedure["steps"][1].update(retry=True)))
    assert done.returncode == 1
    assert "procedure.steps[1].retry" in done.stderr


def test_a_missing_procedure_is_said_to_be_missing(tmp_path):
    done = check(tmp_path / "none.json")
    assert done.returncode == 1
    assert "none.json" in done.stderr
