# SPDX-License-Identifier: Apache-2.0
"""Copies of a public log that Python and openssl made: `countersign log mirror`, `audit` and `repair` as people run them."""
import base64
import functools
import http.server
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import threading

import pytest

from little_room import SmallDisk, may_mount
from python_log import Log

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev")) / "apps/countersign/countersign"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder that is served as a log, and its URL."""
    folder = tmp_path / "served"
    (folder / "log").mkdir(parents=True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder / "log", f"http://127.0.0.1:{server.server_port}/log"
        server.shutdown()
        thread.join()


def run(*words, code: int = 0) -> str:
    done = subprocess.run([PROGRAM, "log", *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*")
            if file.is_file() and file.name != ".lock"}


def replace(folder: pathlib.Path, log: Log) -> None:
    shutil.rmtree(folder / "tile", ignore_errors=True)
    log.publish(folder)


@pytest.fixture
def log(tmp_path) -> Log:
    made = Log(tmp_path / "keys").append(700)
    (tmp_path / "policy").write_text(made.policy, encoding="utf-8")
    return made


def test_a_log_that_others_made_is_mirrored_as_it_grows_and_found_in_order(served, log, tmp_path):
    folder, url = served
    copy, policy = tmp_path / "copy", tmp_path / "policy"
    for more in (0, 1, 300):
        replace(folder, log.append(more))
        assert "UP TO DATE" in run("mirror", url, copy, "--policy", policy)
        assert contents(copy) == contents(folder)
        assert "CLEAN" in run("audit", copy, "--policy", policy)
    assert "UP TO DATE" in run("mirror", url, copy, "--policy", policy)


def test_damage_is_named_and_mended_from_the_log(served, log, tmp_path):
    folder, url = served
    copy, policy = tmp_path / "copy", tmp_path / "policy"
    replace(folder, log)
    run("mirror", url, copy, "--policy", policy)
    whole = contents(copy)
    entries = copy / "tile/entries/001"
    damaged = bytearray(entries.read_bytes())
    damaged[51 * 5 + 9] ^= 8
    entries.write_bytes(damaged)
    (copy / "tile/0/000").unlink()
    (copy / "tile/1/000.p/2").write_bytes(b"torn")

    report = json.loads(run("audit", copy, "--policy", policy, "--json", code=1))
    assert not report["clean"] and report["leadsToRoot"]
    assert {(found["file"], found["kind"]) for found in report["findings"]} == {
        ("tile/entries/001", "wrong"), ("tile/0/000", "missing"), ("tile/1/000.p/2", "torn")}
    entry = next(found for found in report["findings"] if found["kind"] == "wrong")
    assert entry["octets"] == [51 * 5, 51 * 6 - 1] and entry["index"] == 256 + 5 and entry["certain"]

    assert "tile/entries/001" in run("repair", copy, code=1), "nobody else has the entry"
    assert "WHOLE" in run("repair", copy, "--from", url, "--policy", policy)
    assert contents(copy) == whole


def test_a_spoilt_checkpoint_takes_a_policy_to_be_replaced(served, log, tmp_path):
    folder, url = served
    copy, policy = tmp_path / "copy", tmp_path / "policy"
    replace(folder, log)
    run("mirror", url, copy, "--policy", policy)
    (copy / "checkpoint").write_text((copy / "checkpoint").read_text(encoding="utf-8").replace("700", "699"), encoding="utf-8")
    assert "signature" in run("audit", copy, "--policy", policy, code=1)
    run("mirror", url, copy, "--policy", policy, code=1)
    run("repair", copy, "--from", url, "--policy", policy)
    assert contents(copy) == contents(folder)


def test_a_fork_is_refused_and_kept_as_evidence(served, log, tmp_path):
    folder, url = served
    copy, policy = tmp_path / "copy", tmp_path / "policy"
    replace(folder, log)
    run("mirror", url, copy, "--policy", policy)
    kept = tmp_path / "kept"
    shutil.copy(copy / "checkpoint", kept)
    log.entries.clear()
    log.confirmations.clear()
    replace(folder, log.append(900, history=", another"))
    assert "FORK" in run("mirror", url, copy, "--policy", policy, code=1)
    assert (copy / "checkpoint").read_bytes() == kept.read_bytes()
    evidence = {file.name: file.read_bytes() for file in copy.glob("evidence/*/*")}
    assert evidence["smaller.checkpoint"] == kept.read_bytes()
    assert evidence["larger.checkpoint"] == (folder / "checkpoint").read_bytes()
    assert "fork" in run("audit", copy, "--policy", policy, code=1)
    # Whoever kept only the checkpoint finds it, too.
    assert "fork" in run("audit", folder, "--policy", policy, "--old-checkpoint", kept, code=1)


def test_a_store_is_compared_entry_by_entry(log, tmp_path):
    folder, policy, store = tmp_path / "log", tmp_path / "policy", tmp_path / "authority.db"
    log.publish(folder)
    with sqlite3.connect(store) as database:
        database.execute("CREATE TABLE confirmations (log_index BIGINT NOT NULL PRIMARY KEY, id TEXT NOT NULL, "
                         "document BLOB NOT NULL, nonce BLOB NOT NULL)")
        database.execute("CREATE TABLE log_entries (log_index BIGINT NOT NULL PRIMARY KEY, entry BLOB NOT NULL)")
        database.execute("CREATE TABLE log_tiles (level BIGINT NOT NULL, number BIGINT NOT NULL, root BLOB NOT NULL, "
                         "hashes BLOB NOT NULL, PRIMARY KEY (level, number))")
        for table in ("log_state", "log_witnessed"):
            database.execute(f"CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, size BIGINT NOT NULL, checkpoint TEXT NOT NULL)")
        tiles = [(folder / f"tile/0/00{number}").read_bytes() for number in range(2)]
        above = (folder / "tile/1/000.p/2").read_bytes()
        database.executemany("INSERT INTO log_tiles VALUES (0, ?, ?, ?)",
                             ((number, above[32 * number:32 * number + 32], tile) for number, tile in enumerate(tiles)))
        database.execute("INSERT INTO log_state VALUES (1, 700, ?)", ((folder / "checkpoint").read_text(encoding="utf-8"),))
        database.executemany("INSERT INTO log_entries VALUES (?, ?)", enumerate(log.entries))
        database.executemany("INSERT INTO confirmations (log_index, id, nonce, document) VALUES (?, ?, ?, ?)",
                             ((index, *row) for index, row in enumerate(log.confirmations)))
    assert "CLEAN" in run("audit", folder, "--policy", policy, "--store", store)
    with sqlite3.connect(store) as database:
        database.execute("UPDATE confirmations SET document = 'other' WHERE log_index = 333")
    run("audit", folder, "--policy", policy, "--store", store, code=2)  # no store of ours has a text there
    with sqlite3.connect(store) as database:
        database.execute("UPDATE confirmations SET document = X'00' WHERE log_index = 333")
    report = json.loads(run("audit", folder, "--policy", policy, "--store", store, "--json", code=1))
    assert [(found["kind"], found["index"]) for found in report["findings"]] == [("store", 333)]


def test_a_log_that_withholds_what_it_signed_is_refused(served, log, tmp_path):
    folder, url = served
    replace(folder, log)
    (folder / "tile/entries/001").unlink()
    refused = run("mirror", url, tmp_path / "copy", "--policy", tmp_path / "policy", code=1)
    assert "does not serve what it signed" in refused and "tile/entries/001" in refused
    lie = log.key.sign(f"{log.key.name}\n{2 ** 62}\n{base64.b64encode(bytes(32)).decode()}\n", tmp_path)
    (folder / "checkpoint").write_text(lie, encoding="utf-8")
    said = run("audit", folder, "--policy", tmp_path / "policy", "--json", code=1)
    assert json.loads(said.splitlines()[0])["code"] == "too_large"


@pytest.mark.skipif(not may_mount(), reason="may not mount a small disk")
def test_an_interrupted_mirror_asks_for_room_for_the_rest_alone(served, log, tmp_path):
    folder, url = served
    replace(folder, log.append(5300))  # 6,000: of 84 octets each
    copy, policy = tmp_path / "copy", tmp_path / "policy"
    copy.mkdir()
    disk = SmallDisk(copy)
    try:
        withheld = folder / "tile/entries/020"
        content = withheld.read_bytes()
        withheld.unlink()
        run("mirror", url, copy, "--policy", policy, code=1)
        withheld.write_bytes(content)
        disk.fill()
        run("mirror", url, copy, "--policy", policy, code=2)
        os.truncate(disk.ballast, disk.ballast.stat().st_size - 250_000)
        assert "UP TO DATE" in run("mirror", url, copy, "--policy", policy)
    finally:
        disk.close()


def test_what_cannot_be_done_is_told_apart_from_what_is_wrong(log, tmp_path):
    policy = tmp_path / "policy"
    run("audit", tmp_path / "nothing", code=2)
    run("repair", tmp_path / "nothing", code=2)
    run("mirror", "http://127.0.0.1:1/log", tmp_path / "copy", "--policy", policy, code=2)
    run("mirror", tmp_path / "nothing", tmp_path / "copy", "--policy", policy, code=2)
    log.publish(tmp_path / "log")
    run("audit", tmp_path / "log", "--store", tmp_path / "nothing", code=2)
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "bad").write_text("log nobody\n", encoding="utf-8")
    run("audit", tmp_path / "log", "--policy", tmp_path / "bad", code=2)
    run("audit", tmp_path / "log", "--unknown", code=2)


def test_an_empty_value_is_not_taken_for_an_option_that_is_not_given(log, tmp_path):
    folder, policy = tmp_path / "log", tmp_path / "policy"
    log.publish(folder)
    for words in (["audit", folder, "--policy", ""], ["audit", folder, "--policy", policy, "--store", ""],
                  ["audit", folder, "--old-checkpoint", ""], ["mirror", folder, tmp_path / "copy", "--policy", ""],
                  ["repair", folder, "--from", "", "--policy", policy]):
        assert "is empty" in run(*words, code=2), words
    for words in (["verify", policy, "--root", policy, "--policy", ""], ["verify", policy, "--root", policy, "--stamps", ""],
                  ["compare", policy, policy, "--root", policy, "--tiles", ""]):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 2 and "is empty" in done.stderr, words


def test_a_large_log_is_read(tmp_path, full):
    log = Log(tmp_path / "keys").append(100_000 if full else 20_000)
    folder = tmp_path / "log"
    log.publish(folder)
    (tmp_path / "policy").write_text(log.policy, encoding="utf-8")
    assert "CLEAN" in run("audit", folder, "--policy", tmp_path / "policy")
