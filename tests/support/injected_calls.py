# SPDX-License-Identifier: Apache-2.0
"""System calls of a running program, counted thread by thread, and made to fail or to be its last, by strace."""
import os
import pathlib
import re
import signal
import subprocess
from typing import NamedTuple

from demo.processes import StepFailed, wait_until

# Whatever changes a disk, or opens and closes what does; an error that such a call meets in the field.
ERRORS = {"write": "ENOSPC", "pwrite64": "ENOSPC", "writev": "EIO", "fsync": "EIO", "fdatasync": "EIO", "openat": "ENOSPC",
          "ftruncate": "EIO", "rename": "EIO", "renameat": "EIO", "renameat2": "EIO", "close": "EIO", "unlink": "EIO",
          "unlinkat": "EIO"}
KILL = "SIGKILL"


def file_of(line: str) -> str:
    """What a call is about, as strace shows it with `-y`: what its descriptor stands for, a path or `socket:[12]`; or the path that
    it names."""
    found = re.match(r"\w+\(\d+<([^>]*)>", line) or re.search(r'"([^"]*)"', line)
    return found[1] if found else ""


def threads_of(process: int) -> list[int]:
    """In the order in which they began."""
    return sorted(int(name) for name in os.listdir(f"/proc/{process}/task"))


class Occurrence(NamedTuple):
    """The `number`th time, from 1, that the program's `thread`th thread, in the order of their beginning, makes this call."""
    thread: int
    call: str
    number: int
    line: str  # as strace showed it where nothing was injected

    def __str__(self) -> str:
        return f"{self.call} {self.number} of thread {self.thread}: {self.line}"


class Trace:
    """strace at a thread, or with `-f` at all of its process; ended with `with`, and they then go on by themselves."""

    def __init__(self, thread: int, words: list[str], out: pathlib.Path):
        self.out, self.said = out, out.with_suffix(".err")
        self.out.unlink(missing_ok=True)
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(["strace", "-y", "-s", "40", "-o", out, *words, "-p", str(thread)],
                                            stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        def is_attached():
            text = self.said.read_text(encoding="utf-8", errors="replace")
            if self.process.poll() is not None:
                raise StepFailed(f"strace ended: {text}")
            return "attached" in text
        wait_until(is_attached, "strace")

    def __enter__(self) -> "Trace":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def lines(self) -> list[str]:
        return self.out.read_text(encoding="utf-8", errors="replace").splitlines() if self.out.exists() else []


class Count(Trace):
    """Counts the calls of all threads that a process has now."""

    def __init__(self, process: int, out: pathlib.Path):
        self.threads = threads_of(process)
        super().__init__(process, ["-f", "-e", "trace=" + ",".join(ERRORS)], out)

    def of_later_threads(self) -> list[str]:
        """Calls of threads that began meanwhile, which nothing can be injected into."""
        return [line for line in self.lines() if re.match(r"\d+\s+\w+\(", line) and int(line.split()[0]) not in self.threads]

    def occurrences(self) -> list[Occurrence]:
        """Those of threads that were there from the beginning."""
        found, counted = [], {}
        for line in self.lines():
            call = re.match(r"(\d+)\s+(\w+)\((.*)", line)
            if call and int(call[1]) in self.threads:
                thread = self.threads.index(int(call[1]))
                counted[thread, call[2]] = number = counted.get((thread, call[2]), 0) + 1
                found.append(Occurrence(thread, call[2], number, f"{call[2]}({call[3]}"))
        return found


class Injection(Trace):
    """Lets one occurrence fail with an error, or be the last thing that the process does."""

    def __init__(self, process: int, occurrence: Occurrence, fault: str, out: pathlib.Path):
        self.fault = fault
        what = f"signal={KILL}" if fault == KILL else f"error={fault}"
        wait_until(lambda: len(threads_of(process)) > occurrence.thread, "the thread")
        super().__init__(threads_of(process)[occurrence.thread],
                         ["-e", f"trace={occurrence.call}", "-e",
                          f"inject={occurrence.call}:{what}:when={occurrence.number}"], out)

    def has_fired(self) -> bool:
        return any(("killed by SIGKILL" if self.fault == KILL else "(INJECTED)") in line for line in self.lines())

    def place(self) -> str:
        """The call that it met, as strace showed it."""
        calls = [line for line in self.lines() if re.match(r"\w+\(", line)]
        return calls[-1] if self.fault == KILL else next(line for line in calls if "(INJECTED)" in line)
