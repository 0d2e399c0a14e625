# SPDX-License-Identifier: Apache-2.0
"""The real mediator as a browser starts it: who may start it, what it leaves on disk (nothing)."""
import json
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess

import pytest
from demo.processes import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
MEDIATOR = BUILD / "apps/mediator/countersign-mediator"
EXTENSION = "chrome-extension://npnojofcjaheidmphkghbkebghaadhek/"
CANARY = "CANARY-4111-1111-1111-1111"


class Host:
    """The mediator with a browser's pipes."""

    def __init__(self, home: pathlib.Path, *arguments: str, before=(), program=MEDIATOR, **options):
        environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
        self.process = subprocess.Popen([*before, program, *(arguments or (EXTENSION,))], cwd=home, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def say(self, message):
        self.write(json.dumps(message).encode())

    def write(self, body: bytes, size: int | None = None):
        self.process.stdin.write(struct.pack("=I", len(body) if size is None else size) + body)
        self.process.stdin.flush()

    def hear(self):
        head = self.process.stdout.read(4)
        return json.loads(self.process.stdout.read(struct.unpack("=I", head)[0])) if len(head) == 4 else None

    def start(self):
        self.say({"type": "start", "origin": "https://shop.example",
                  "purchase": {"gateway": "https://shop.example", "checkout": "c", "token": CANARY, "profiles": ["plain"]}})


def run(home: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([MEDIATOR, *arguments], env={"HOME": str(home), "PATH": os.environ["PATH"]}, cwd=home,
                          capture_output=True, text=True, check=False, timeout=30)


def test_it_tells_the_extension_how_the_pc_is_equipped(tmp_path):
    with Host(tmp_path) as host:
        host.say({"type": "status"})
        status = host.hear()
        assert status["type"] == "status" and status["pairings"] == 0
        parts = {part["name"]: part for part in status["parts"]}
        assert parts["memory"]["state"] == "locked"
        assert "pair" in parts["pairings"]["remedy"]


def test_it_names_the_remedy_when_no_terminal_is_paired(tmp_path):
    with Host(tmp_path) as host:
        host.start()
        assert host.hear() == {"type": "progress", "state": "searching"}
        ended = host.hear()
        assert (ended["type"], ended["outcome"]) == ("ended", "failed") and ended["remedy"]
        assert host.hear() is None
        assert host.process.wait(10) == 0


@pytest.mark.parametrize("arguments", [
    ("chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",),
    ("/home/x/.mozilla/native-messaging-hosts/org.countersign.mediator.json", "other@example.org"),
])
def test_it_serves_no_other_extension(tmp_path, arguments):
    with Host(tmp_path, *arguments) as host:
        assert host.hear()["code"] == "forbidden"
        assert host.hear() is None
        assert host.process.wait(10) == 1


@pytest.mark.parametrize("arguments", [
    (EXTENSION, "--parent-window=0"),
    ("/home/x/.mozilla/native-messaging-hosts/org.countersign.mediator.json", "extension@countersign.org"),
])
def test_it_is_started_as_browsers_do(tmp_path, arguments):
    with Host(tmp_path, *arguments) as host:
        host.say({"type": "status"})
        assert host.hear()["type"] == "status"


@pytest.mark.parametrize("body, size, code", [
    (b"{", None, "malformed"),
    (b'{"type":"review"}', None, "unsupported"),
    (b'{"type":"answer","answer":"continue"}', None, "conflict"),
    (b"", 65537, "too_large"),
])
def test_it_ends_with_a_message_that_may_not_come(tmp_path, body, size, code):
    with Host(tmp_path) as host:
        host.write(body, size)
        answer = host.hear()
        assert (answer["type"], answer["code"]) == ("error", code) and answer["remedy"]
        assert host.hear() is None


def dies_with_core(process: subprocess.Popen) -> bool:
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_it_leaves_no_core_in_the_middle_of_a_message(tmp_path):
    unlimited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)}
    ordinary = subprocess.Popen(["sh", "-c", "kill -ABRT $$"], cwd=tmp_path, **unlimited)
    assert dies_with_core(ordinary), "cores are written on this machine, or this test shows nothing"
    for core in tmp_path.glob("core*"):
        core.unlink()
    with Host(tmp_path, **unlimited) as host:
        host.say({"type": "status"})
        host.hear()
        host.write(CANARY.encode(), 60_000)  # the rest never comes
        host.process.send_signal(signal.SIGABRT)
        assert not dies_with_core(host.process)
    assert not list(tmp_path.glob("core*"))


REGULAR = re.compile(r"(?:p?writev?2?(?:64)?|ftruncate|sendfile|copy_file_range)\(\d+<(/(?!dev/)[^>]*)>")


def test_it_writes_to_no_file_but_the_pairing_store(tmp_path):
    log = tmp_path / "strace.log"
    strace = ("strace", "-f", "-y", "-s", "100000", "-e", "trace=%desc,%file,mmap", "-o", log)
    home = tmp_path / "home"
    home.mkdir()
    with Host(home, before=strace) as host:
        host.say({"type": "status"})
        host.hear()
        host.start()
        while host.hear():
            pass
        host.process.wait(20)
    trace = log.read_text(errors="replace")
    assert CANARY in trace, "the message was seen on the pipe"
    store = home / ".local/share/countersign/mediator"
    written = {pathlib.Path(path.removesuffix(" (deleted)")) for path in REGULAR.findall(trace)}
    assert written and all(path.parent == store and path.name.startswith("pairings.db") for path in written), written
    assert not [line for line in trace.splitlines() if "MAP_SHARED" in line and "PROT_WRITE" in line and "</" in line
                and f"<{store}/pairings.db" not in line]
    for line in trace.splitlines():
        assert CANARY not in line or not REGULAR.search(line), line
    for file in home.rglob("*"):
        assert file.is_dir() or CANARY.encode() not in file.read_bytes(), file


def test_it_registers_with_browsers_and_leaves_nothing_behind(tmp_path):
    (tmp_path / ".config/chromium").mkdir(parents=True)
    assert "chromium: missing" in run(tmp_path, "status").stdout
    assert run(tmp_path, "install", "--browser", "chromium").returncode == 0
    assert "chromium: in order" in run(tmp_path, "status").stdout
    manifest = tmp_path / ".config/chromium/NativeMessagingHosts/org.countersign.mediator.json"
    assert json.loads(manifest.read_text())["path"] == str(MEDIATOR.resolve())
    assert run(tmp_path, "uninstall").returncode == 0
    assert not manifest.exists()
    assert not list((tmp_path / ".local/share/applications").iterdir())


def test_uninstalling_with_the_pairings_leaves_nothing(tmp_path):
    (tmp_path / ".config/chromium").mkdir(parents=True)
    assert run(tmp_path, "install", "--browser", "chromium").returncode == 0
    with Host(tmp_path) as host:  # makes the link key
        host.say({"type": "status"})
        host.hear()
        assert (tmp_path / ".local/share/countersign/mediator/pairings.db").exists()
    assert "--pairings" in run(tmp_path, "uninstall").stdout, "it says how"
    assert (tmp_path / ".local/share/countersign/mediator/pairings.db").exists()
    assert run(tmp_path, "uninstall", "--pairings").returncode == 0
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]
    assert not (tmp_path / ".local/share/countersign").exists()
    again = run(tmp_path, "uninstall", "--pairings")
    assert again.returncode == 0, "nothing to remove is no failure"
    assert "There was no link key and no pairing in " + str(tmp_path) in again.stdout, "and is said"


@pytest.mark.parametrize("other, remedy", [(("--system",), "as that user, without sudo"), (("--browser", "firefox"), "all browsers")])
def test_pairings_are_not_removed_for_another_user_nor_under_other_browsers(tmp_path, other, remedy):
    run(tmp_path, "pairings", "list")
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert any(file.name == "pairings.db" for file in before)
    refused = run(tmp_path, "uninstall", *other, "--pairings")
    assert refused.returncode != 0 and remedy in refused.stderr
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == before


def test_uninstalling_with_the_pairings_leaves_what_is_others(tmp_path):
    config = tmp_path / "own.toml"
    config.write_text(f'[mediator]\nfolder = "{tmp_path}/own/pairings"\n')
    run(tmp_path, "--config", str(config), "pairings", "list")
    note = tmp_path / "own/pairings/note"
    note.write_text("of the user's")
    assert (tmp_path / "own/pairings/pairings.db").exists()
    assert run(tmp_path, "--config", str(config), "uninstall", "--pairings").returncode == 0
    assert [path for path in (tmp_path / "own").rglob("*") if path.is_file()] == [note]


def test_it_is_started_through_the_launcher_of_its_configuration(tmp_path):
    config = tmp_path / "own.toml"
    config.write_text(f'[mediator]\nfolder = "{tmp_path}/pairings"\n')
    assert run(tmp_path, "--config", str(config), "install", "--browser", "firefox").returncode == 0
    manifest = tmp_path / ".mozilla/native-messaging-hosts/org.countersign.mediator.json"
    launcher = json.loads(manifest.read_text())["path"]
    with Host(tmp_path, str(manifest), "extension@countersign.org", program=launcher) as host:
        host.say({"type": "status"})
        assert host.hear()["type"] == "status"
    assert (tmp_path / "pairings/pairings.db").exists()


TERMINAL = """#!/bin/sh
[ "$1" = -e ] && shift
exec "$@" >"{said}" 2>&1 </dev/null
"""


def desktop(home: pathlib.Path) -> dict[str, str]:
    """The environment of a desktop session whose terminal windows write into `home/said`."""
    programs = home / "bin"
    programs.mkdir()
    for name in ("xterm", "x-terminal-emulator"):  # as gio and xdg-open call them
        (programs / name).write_text(TERMINAL.format(said=home / "said"), encoding="utf-8")
        (programs / name).chmod(0o755)
    return {"HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}", "DISPLAY": ":none", "BROWSER": "false"}


@pytest.mark.parametrize("opener", [("gio", "open"), ("xdg-open",)])
def test_a_link_is_opened_by_the_desktops_own_means_until_it_is_uninstalled(tmp_path, opener):
    link = f"countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c&token={CANARY}"
    environment = desktop(tmp_path)
    defaults = tmp_path / ".config/mimeapps.list"
    defaults.parent.mkdir()
    defaults.write_text("[Default Applications]\ntext/html=firefox-esr.desktop\n", encoding="utf-8")

    def follow() -> str:
        """What the terminal window that opened says at its end; nothing where none opened."""
        said = tmp_path / "said"
        said.unlink(missing_ok=True)
        done = subprocess.run([*opener, link], env=environment, cwd=tmp_path, capture_output=True, check=False, timeout=30,
                              start_new_session=True)  # nothing of this test's own terminal
        if done.returncode != 0 and not said.exists():
            return ""
        wait_until(lambda: said.exists() and "did not come about (not_found)" in said.read_text(encoding="utf-8"), "the mediator's last word")
        return said.read_text(encoding="utf-8")

    assert not follow()
    assert run(tmp_path, "install").returncode == 0
    assert "countersign: links: in order" in run(tmp_path, "status").stdout
    said = follow()
    assert re.search(r"shows this code: \d{3} \d{3}\n", said) and CANARY not in said, said
    assert run(tmp_path, "uninstall").returncode == 0
    assert defaults.read_text(encoding="utf-8") == "[Default Applications]\ntext/html=firefox-esr.desktop\n"
    assert not follow()


def test_a_link_without_extension_shows_a_code_to_compare(tmp_path):
    done = run(tmp_path, "open", f"countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c&token={CANARY}")
    assert re.search(r"shows this code: \d{3} \d{3}\n", done.stdout)
    assert done.returncode == 1 and CANARY not in done.stdout + done.stderr


def test_a_link_of_another_kind_is_refused_by_name(tmp_path):
    done = run(tmp_path, "open", "countersign:enrol?authority=x")
    assert done.returncode == 1 and "unsupported" in done.stderr
