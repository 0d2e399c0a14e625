# SPDX-License-Identifier: Apache-2.0
"""A data centre whose system calls fail one by one, or end it, while it confirms, logs and publishes."""
import base64
import collections
import concurrent.futures
import contextlib
import itertools
import json
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest

from demo.network import Network
from demo.processes import Service, StepFailed, free_port, run, wait_until
from injected_calls import ERRORS, KILL, Count, Injection, Occurrence, file_of
from log_reader import PublishedLog, Receipt, leaf_hash, root_of
from openssl_party import Answer, Peer, openssl
from trade import CMS, Trade

RECEIPT = "application/vnd.countersign.receipt+json"
BEFORE = 255  # confirmations: the next one finishes a tile, and takes away what was published of it unfinished
IN_A_BATCH = 2
MOST_ORDERS = 12  # that an injected call is waited for with
AT_ONCE = 2
# Writes confirmations anew, as they were, until the write-ahead log has at least so many pages.
FILL = """
import os, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
for words in ("PRAGMA wal_autocheckpoint = 0", "PRAGMA synchronous = OFF", "PRAGMA wal_checkpoint(TRUNCATE)"):
    store.execute(words).fetchall()
page = store.execute("PRAGMA page_size").fetchone()[0]
pages = lambda: os.stat(sys.argv[1] + "-wal").st_size // (page + 24)
while pages() < int(sys.argv[2]):
    store.execute("BEGIN")
    store.execute("CREATE TEMP TABLE kept AS SELECT nonce FROM confirmations WHERE log_index = 0")
    store.execute("UPDATE confirmations SET nonce = zeroblob(32) WHERE log_index = 0")
    store.execute("UPDATE confirmations SET nonce = (SELECT nonce FROM kept) WHERE log_index = 0")
    store.execute("DROP TABLE kept")
    store.execute("COMMIT")
print(page, pages())
sys.stdout.flush()
os._exit(0)  # closing the store would empty it
"""
CARRIED_OVER = 16 << 20  # octets of pages from which on the write-ahead log is carried over into the store


class Prepared:
    """A data centre that was ended while it served, with its merchant, and a purchaser who signs."""

    def __init__(self, folder: pathlib.Path):
        with Network(folder / "network") as network:
            network.bring_up()
            self.network, self.trade = network, Trade(network)
            self.buyer, _ = self.trade.purchaser("buyer")
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as makers:
                orders = list(makers.map(lambda _: self.order(), range(BEFORE)))
            peer = self.trade.connect()
            for order in orders:
                assert self.trade.confirm(peer, order).status == 200
            self.key = re.search(r'"key": ?"([^"]+)"', network.operator("log", "status", "--json"))[1]
            log = PublishedLog(network.status_url + "/log", self.key)
            wait_until(lambda: log.size() == BEFORE, "the publication")
            network.authority.kill()
        self.policy = folder / "policy"
        self.policy.write_text(f"log {self.key}\nquorum none\n", encoding="utf-8")
        self._spend_reserved_indices()
        self._unlock_keys_quickly(folder)
        self._fill_write_ahead_log(folder / "trial")

    def order(self) -> bytes:
        return self.trade.countersigned(self.buyer)

    def _fill_write_ahead_log(self, trial: pathlib.Path) -> None:
        """So far that a batch has it carried over into the store, and the writing of a start has not."""
        def fill(pages: int) -> list[int]:
            return [int(word) for word in run([sys.executable, "-c", FILL, self.network.authority_database, pages]).split()]
        page, before = fill(1)
        with Centre(self, trial) as centre:
            centre.start()
            of_a_start = centre.database.with_name("authority.db-wal").stat().st_size // (page + 24) - before
        fill(CARRIED_OVER // page - of_a_start - 8)

    def _spend_reserved_indices(self) -> None:
        """The next confirmation reserves indices."""
        reservation, = (file for file in self.network.authority_secrets.iterdir()
                        if file.is_file() and re.fullmatch(rb"\d+\n", file.read_bytes()))
        reservation.write_text(f"{BEFORE}\n")

    def _unlock_keys_quickly(self, folder: pathlib.Path) -> None:
        """A start takes two seconds otherwise, all of it for passphrases."""
        passphrase = self.network.authority_folder / "keys/passphrase"
        shutil.copy(passphrase, folder / "the-same")  # openssl takes the second line where both are one file
        for key in passphrase.parent.glob("*.key"):
            key.write_bytes(openssl("pkcs8", "-topk8", "-in", key, "-passin", f"file:{passphrase}", "-passout",
                                    f"file:{folder / 'the-same'}", "-iter", "1"))


def tool(centre: "Centre", *words, code: int = 0) -> str:
    """What `countersign` says."""
    done = subprocess.run([centre.network.programs["countersign"], *map(str, words)], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


class Centre:
    """A copy of the prepared data centre, at ports of its own; it still says that it is that one."""

    def __init__(self, prepared: Prepared, folder: pathlib.Path):
        self.prepared, self.network, self.folder = prepared, prepared.network, folder / "authority"
        shutil.copytree(self.network.authority_folder, self.folder)
        service, status = free_port(), free_port()
        self.config, self.published = self.folder / "authority.toml", self.folder / "log"
        self.database = self.folder / "authority.db"
        text = self.config.read_text()
        for name, port in (("service", service), ("status", status)):
            text = re.sub(rf"(?m)^port = {self.network.ports[name]}$", f"port = {port}", text)
        self.config.write_text(text)
        self.url, self.status_url = f"https://127.0.0.1:{service}", f"http://127.0.0.1:{status}"
        self.log = PublishedLog(self.status_url + "/log", prepared.key)
        self.authority = Service("authority", [self.network.programs["countersign-authority"], "--config", self.config, "serve"],
                                 folder / "log.txt")
        self.receipts: dict[bytes, list[Receipt]] = {}

    def __enter__(self) -> "Centre":
        return self

    def __exit__(self, *_) -> None:
        self.authority.kill()

    def start(self) -> None:
        self.authority.start().wait_ready(self.status_url + "/readyz")

    def operator(self, *words) -> str:
        return run([self.network.programs["countersign-authority"], "--config", self.config, *words])

    def confirm(self, order: bytes) -> Answer | None:
        """Nothing where there is no answer. What is acknowledged is remembered."""
        self.receipts.setdefault(order, [])
        peer = Peer(self.url, self.network.root_pem, *self.prepared.trade.identity)
        try:
            answer = peer.ask("POST", "/v1/confirmations", order, CMS, Accept=RECEIPT)
        except OSError:
            return None
        finally:
            peer.close()
        if answer.status == 200:
            assert answer.headers["Content-Type"] == RECEIPT, answer
            self.receipts[order].append(Receipt(answer.json(), self.prepared.key))
        else:
            assert answer.status >= 500 and answer.json()["code"] and answer.json()["temporary"], answer
        return answer

    def size(self) -> int:
        return BEFORE + len(self.receipts)

    def audit(self, *more, code: int = 0) -> str:
        """What `countersign log audit` says of folder and store."""
        return tool(self, "log", "audit", self.published, "--policy", self.prepared.policy, "--store", self.database, *more,
                    code=code)

    def expect_all_there_once(self) -> None:
        """Every order that was ever sent is confirmed by now, in store and log, once; what was acknowledged has not changed,
        and no checkpoint that anybody was given contradicts what is published."""
        for order in self.receipts:
            answer = self.confirm(order)
            assert answer and answer.status == 200, answer
        assert all(len({receipt.confirmation for receipt in given}) == 1 for given in self.receipts.values()), "two confirmations"
        wait_until(lambda: self.log.size() >= self.size(), "the publication")
        entries = self.log.expect_whole()
        assert len(entries) == self.size(), "neither a hole nor a repetition"
        leaves = [leaf_hash(entry) for entry in entries]
        for receipt in itertools.chain(*self.receipts.values()):
            assert root_of(leaves[:receipt.checkpoint.size]) == receipt.checkpoint.root, "a fork"
            assert entries[receipt.index][17:] == receipt.commitment
        assert len({given[0].index for given in self.receipts.values()}) == len(self.receipts)
        with contextlib.closing(sqlite3.connect(self.database)) as store:
            stored = [document for document, in store.execute("SELECT document FROM confirmations")]
        assert len(stored) == self.size()
        for order in self.receipts:
            assert sum(base64.b64encode(order) in document for document in stored) == 1
        assert "CLEAN" in self.audit()
        self.operator("audit", "verify")


@pytest.fixture(autouse=True)
def chance():
    """Says what the random choices of a test began with."""
    seed = random.randrange(2**32)
    random.seed(seed)
    print(f"seed {seed}")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def centre(prepared, tmp_path):
    with Centre(prepared, tmp_path) as running:
        yield running


def undisturbed(centre: Centre) -> list[Occurrence]:
    """What a batch calls, up to its publication."""
    centre.start()
    with Count(centre.authority.process.pid, centre.folder.parent / "count") as count:
        for _ in range(IN_A_BATCH):
            assert centre.confirm(centre.prepared.order()).status == 200
        tile, outgrown = centre.published / "tile/0/001.p/1", centre.published / "tile/entries/000.p"
        wait_until(lambda: tile.exists() and not outgrown.exists(), "the publication")
    centre.expect_all_there_once()
    assert not [line for line in count.of_later_threads() if str(centre.folder) in line]
    return count.occurrences()


def suffer(centre: Centre, occurrence: Occurrence, fault: str) -> str:
    """One fault in a batch, and what is there after a restart; the call that it met."""
    centre.start()
    with Injection(centre.authority.process.pid, occurrence, fault, centre.folder.parent / "injection") as injection:
        for number in range(MOST_ORDERS):
            if number >= IN_A_BATCH:
                with contextlib.suppress(StepFailed):
                    wait_until(injection.has_fired, "the fault", 1.5)
            if injection.has_fired() or not centre.authority.running():
                break
            centre.confirm(centre.prepared.order())
        wait_until(injection.has_fired, f"{fault} instead of {occurrence}")
    if fault == KILL:
        assert centre.authority.process.wait(10) == -9
    centre.authority.kill()
    centre.start()
    centre.confirm(centre.prepared.order())
    centre.expect_all_there_once()
    return injection.place()


def kind_of(line: str) -> tuple[str, str]:
    """The call, and what kind of file it is about, in whatever data centre: `log/tile/N/N.p`; temporary ones under the name that
    they get."""
    file = f"{file_of(line)}/".rpartition("/authority/")[2].removesuffix("/")
    return line.partition("(")[0], re.sub(r"\d+", "N", re.sub(r"(^|/)\.([^/]+)\.\w{6}$", r"\1\2", file))


def sample_of(occurrences: list[Occurrence], full: bool) -> list[tuple[Occurrence, str]]:
    """All, each with an error and with a kill; or of each call for each kind of file in each thread the first, one in the middle and
    the last, each with one of both."""
    if full:
        return [(occurrence, fault) for occurrence in occurrences for fault in (ERRORS[occurrence.call], KILL)]
    groups = collections.defaultdict(list)
    for occurrence in occurrences:
        groups[occurrence.thread, kind_of(occurrence.line)].append(occurrence)
    chosen = []
    for calls in groups.values():
        some = {calls[0], random.choice(calls[1:-1] or calls), calls[-1]}
        chosen += [(occurrence, random.choice([ERRORS[occurrence.call], KILL])) for occurrence in sorted(some)]
    return chosen


def test_nothing_acknowledged_is_lost_whatever_call_fails_or_is_the_last(prepared, tmp_path, full):
    with Centre(prepared, tmp_path / "undisturbed") as centre:
        occurrences = undisturbed(centre)
    called = {occurrence.call for occurrence in occurrences}
    assert called >= {"write", "pwrite64", "fsync", "fdatasync", "openat", "rename", "close", "unlinkat"}, called
    assert ("pwrite64", "authority.db") in map(kind_of, (one.line for one in occurrences)), "nothing was carried over"
    counted = collections.Counter((one.thread, one.call) for one in occurrences)
    print(f"{len(occurrences)} calls:",
          ", ".join(f"thread {thread} {call} {times}" for (thread, call), times in sorted(counted.items())))
    folders = itertools.count()

    def try_one(occurrence: Occurrence, fault: str) -> tuple[str, tuple[str, str] | None]:
        """What failed, if something did, and what the fault met."""
        folder = tmp_path / f"fault-{next(folders)}"
        with Centre(prepared, folder) as centre:
            try:
                met = kind_of(suffer(centre, occurrence, fault))
            except Exception as failure:  # which of them it was is what matters
                return f"{fault} at {occurrence}\n  {type(failure).__name__}: {failure}\n  in {folder}", None
        shutil.rmtree(folder)
        return "", met

    # Two runs do not call all in the same order: what a fault met counts, and what none met is tried again, at each place that the
    # call has in its thread.
    work, missing = sample_of(occurrences, full), {kind_of(one.line) for one in occurrences}
    for _ in range(4):
        print(f"{len(work)} faults")
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as trying:
            tried = list(trying.map(try_one, *zip(*work)))
        failures = [failure for failure, _ in tried if failure]
        assert not failures, "\n".join(failures)
        missing -= {met for _, met in tried}
        again = {(one.thread, one.call) for one in occurrences if kind_of(one.line) in missing}
        work = [(one, random.choice([ERRORS[one.call], KILL])) for one in occurrences if (one.thread, one.call) in again]
        if not work:
            break
    assert not missing, f"no fault met {sorted(missing)}"


# --- flipped bits, and tails that are torn

FILES = ["tile/0/000", "tile/1/000.p/1", "tile/entries/000", "tile/0/001.p/2", "tile/entries/001.p/2", "checkpoint"]


def flip(file: pathlib.Path, place: int | None = None) -> int:
    """One bit, of that octet or of any; answers which octet."""
    content = bytearray(file.read_bytes())
    place = random.randrange(len(content)) if place is None else place
    content[place] ^= 1 << random.randrange(8)
    file.write_bytes(content)
    return place


@pytest.fixture
def whole(centre) -> Centre:
    """One that was ended after a batch that is published."""
    centre.start()
    for _ in range(3):
        assert centre.confirm(centre.prepared.order()).status == 200
    centre.expect_all_there_once()
    centre.authority.kill()
    assert all((centre.published / name).exists() for name in FILES)
    with contextlib.closing(sqlite3.connect(centre.database)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that a bit of the store is one of its file
    return centre


def findings(centre: Centre, *words) -> list[dict]:
    return json.loads(tool(centre, "log", "audit", *words, "--policy", centre.prepared.policy, "--json", code=1))["findings"]


def test_a_flipped_bit_in_a_published_or_mirrored_file_is_named_and_mended(whole, tmp_path):
    policy = ("--policy", whole.prepared.policy)
    mirror = tmp_path / "mirror"
    assert "UP TO DATE" in tool(whole, "log", "mirror", whole.published, mirror, *policy)
    for folder, other in ((whole.published, ("--store", whole.database)), (whole.published, ("--from", mirror)),
                          (mirror, ("--from", whole.published))):
        for name in FILES:
            before = (folder / name).read_bytes()
            place = flip(folder / name)
            found = findings(whole, folder)
            assert {one["file"] for one in found} == {name}, (place, found)
            if name.startswith("tile/entries"):
                assert found[0]["index"] == (0 if "000" in name else 256) + place // 51, (place, found)
                assert name in tool(whole, "log", "repair", folder, *policy, code=1), "nobody else has the entry"
            if name == "checkpoint" and "--store" in other:
                tool(whole, "log", "repair", folder, *other, *policy)
                assert (folder / name).read_bytes() == before, "the store has the very same"
            else:
                assert "WHOLE" in tool(whole, "log", "repair", folder, *other, *policy), (name, place)
                assert (folder / name).read_bytes() == before, (name, place)
            tool(whole, "log", "audit", folder, *policy)


def octets_of(store: pathlib.Path, question: str) -> tuple[int, int]:
    """Where in the store's file a value stands, from its first octet to behind the last."""
    with contextlib.closing(sqlite3.connect(store)) as asked:
        value, = asked.execute(question).fetchone()
    value = value.encode() if isinstance(value, str) else value
    at = store.read_bytes().index(value)
    return at, at + len(value)


IN_STORE = [
    ("SELECT entry FROM log_entries WHERE log_index = 7", 7, "entry is not the one that was logged", True),
    ("SELECT entry FROM log_entries WHERE log_index = 256", 256, "entry is not the one that was logged", True),
    ("SELECT substr(hashes, 1 + 32 * 9, 32) FROM log_tiles", 9, "log_tiles, level 0 number 0: its hash 9", True),
    ("SELECT root FROM log_tiles", 0, "log_tiles, level 0 number 0: its root", True),
    ("SELECT checkpoint FROM log_state", None, "log_state", True),
    ("SELECT substr(document, 1000, 500) FROM confirmations WHERE log_index = 99", 99, "its digest differs", False),
    ("SELECT nonce FROM confirmations WHERE log_index = 100", 100, "its digest differs", False),
]


@pytest.mark.parametrize("question, index, what, is_mended", IN_STORE, ids=[row[0] for row in IN_STORE])
def test_a_flipped_bit_in_the_store_is_named_and_mended_as_far_as_the_log_knows(whole, question, index, what, is_mended):
    before = whole.database.read_bytes()
    begin, end = octets_of(whole.database, question)
    for _ in range(3):
        whole.database.write_bytes(before)
        place = flip(whole.database, random.randrange(begin, end))
        found = findings(whole, whole.published, "--store", whole.database)
        assert [(one["kind"], one.get("index")) for one in found] == [("store", index)], (place, found)
        assert what in found[0]["what"]
        said = tool(whole, "log", "repair", whole.published, "--store", whole.database, "--policy", whole.prepared.policy,
                    code=0 if is_mended else 1)
        if is_mended:
            assert "WHOLE" in said and "in the store: log_" in said
            whole.audit()
        else:
            assert f"index {index}" in said and what in said
    if is_mended:
        whole.start()
        whole.expect_all_there_once()


def test_a_store_whose_pages_make_no_sense_is_named(whole):
    begin, _ = octets_of(whole.database, "SELECT entry FROM log_entries WHERE log_index = 7")
    with contextlib.closing(sqlite3.connect(whole.database)) as store:
        page, = store.execute("PRAGMA page_size").fetchone()
    content = bytearray(whole.database.read_bytes())
    content[begin // page * page] ^= 8  # the kind of page
    whole.database.write_bytes(content)
    said = whole.audit(code=2)
    assert "the store cannot be read" in said and "malformed" in said


def test_an_authority_with_a_spoilt_log_does_not_start_and_says_what_is_spoilt(whole):
    before = whole.database.read_bytes()
    for question, what in (("SELECT entry FROM log_entries WHERE log_index = 256", "not the one that was signed"),
                           ("SELECT root FROM log_tiles", "not the one that was signed"),
                           ("SELECT substr(checkpoint, -40, 30) FROM log_state", "newest checkpoint in the store is spoilt")):
        flip(whole.database, random.randrange(*octets_of(whole.database, question)))
        with pytest.raises(StepFailed, match=what):
            whole.start()
        whole.authority.kill()
        whole.database.write_bytes(before)
        for extra in ("-wal", "-shm"):
            whole.database.with_name("authority.db" + extra).unlink(missing_ok=True)
    key = whole.folder / "keys/log.key"
    flip(key, random.randrange(60, key.stat().st_size - 60))
    with pytest.raises(StepFailed, match=r"log\.key"):
        whole.start()


def test_a_receipt_with_a_flipped_bit_is_refused(whole, tmp_path, full):
    file, good = tmp_path / "one.countersign-receipt.json", None
    whole.start()
    for order in whole.receipts:
        peer = Peer(whole.url, whole.network.root_pem, *whole.prepared.trade.identity)
        good = peer.ask("POST", "/v1/confirmations", order, CMS, Accept=RECEIPT).body
    verify = ("verify", file, "--root", whole.network.root_pem, "--policy", whole.prepared.policy)
    file.write_bytes(good)
    tool(whole, *verify)
    for _ in range(400 if full else 40):
        file.write_bytes(good)
        place = flip(file)
        done = subprocess.run([whole.network.programs["countersign"], *map(str, verify)], capture_output=True, check=False)
        assert done.returncode in (1, 2) and done.stdout + done.stderr, (place, file.read_bytes()[place - 9:place + 10])


def test_torn_tails_heal_by_themselves(whole):
    for name in FILES:
        with open(whole.published / name, "r+b") as file:
            file.truncate(random.randrange(len(file.read())))
    ahead = whole.database.with_name("authority.db-wal")
    whole.start()
    whole.expect_all_there_once()
    assert whole.confirm(whole.prepared.order()).status == 200
    whole.authority.kill()
    ahead.write_bytes(ahead.read_bytes() + bytes(9000))  # as a commit that was never finished
    whole.start()
    whole.expect_all_there_once()
    whole.authority.kill()
    # A tail that was durable, and is gone: nobody may confirm what was confirmed before with another index.
    ahead.write_bytes(ahead.read_bytes()[:200])
    with pytest.raises(StepFailed, match="older copy|use restore"):
        whole.start()
