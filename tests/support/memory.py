# SPDX-License-Identifier: Apache-2.0
"""What processes hold in the memory that they can write to, read while they run. Only root may."""
import contextlib
import hashlib
import itertools
import os
import pathlib
import re
import struct
import threading

from canaries import held_in

WRITABLE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw", re.MULTILINE)
PAGE = os.sysconf("SC_PAGE_SIZE")
OVERLAP = 512  # longer than any canary in any spelling: what begins at the end of a page is found with its end


GONE = (FileNotFoundError, ProcessLookupError)


def runs(process: int):
    """Each run of pages that are in memory when it comes to it (proc(5): pagemap). One of GONE when the process has gone."""
    assert os.geteuid() == 0, "only root may look into another process's memory: run this test as root"
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for first, pages in _present(process):
            try:
                memory.seek(first * PAGE)
                content = memory.read(pages * PAGE)
            except OSError:  # gone meanwhile
                continue
            yield content


def _present(process: int) -> list[tuple[int, int]]:
    """Runs of pages that are in memory: number of the first, and how many."""
    folder, present_runs = pathlib.Path(f"/proc/{process}"), []
    with open(folder / "pagemap", "rb", buffering=0) as entries:
        for first, last in WRITABLE.findall((folder / "maps").read_text()):
            first, last = int(first, 16) // PAGE, int(last, 16) // PAGE
            entries.seek(first * 8)
            present = [entry >> 63 for (entry,) in struct.iter_unpack("=Q", entries.read((last - first) * 8))]
            for is_there, group in itertools.groupby(enumerate(present, first), lambda page: page[1]):
                numbers = [number for number, _ in group]
                present_runs += [(numbers[0], len(numbers))] if is_there else []
    return present_runs


class Recording:
    """All that a process was seen to hold, each page in every content that it had at a look. To be searched afterwards, for
    what is not known before."""

    def __init__(self, process: int, file: pathlib.Path):
        self.process, self.file = process, file
        self.looks = 0
        self.seen: set[bytes] = set()
        self.lock = threading.Lock()

    def look(self, _: bytes = b"") -> None:
        with self.lock, contextlib.suppress(*GONE), open(self.file, "ab") as kept:
            self.looks += 1
            for run in runs(self.process):
                for start in range(0, len(run), PAGE):
                    content = run[start:start + PAGE + OVERLAP]
                    digest = hashlib.blake2b(content, digest_size=16).digest()
                    if digest not in self.seen:
                        self.seen.add(digest)
                        kept.write(content + bytes(16))

    def held(self, canaries: dict[str, str]) -> set[str]:
        return set(held_in(self.file.read_bytes(), canaries))


def files_holding(folder: pathlib.Path, canaries: dict[str, str]) -> dict[str, list[str]]:
    """The files below a folder in which a canary stands, each with the names of those."""
    found = {str(file): held_in(file.read_bytes(), canaries) for file in folder.rglob("*") if file.is_file()}
    return {name: held for name, held in found.items() if held}
