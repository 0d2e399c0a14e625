# SPDX-License-Identifier: Apache-2.0
"""Two ways to take a program's room away and to give it back: a small disk, and a limit on the size of files."""
import contextlib
import pathlib
import resource
import subprocess


class SmallDisk:
    """A file system of its own, which is filled to the last octet."""

    def __init__(self, folder: pathlib.Path, _=None):
        self.folder, self.ballast = folder, folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", folder], check=True, capture_output=True)

    def fill(self) -> None:
        with contextlib.suppress(OSError), open(self.ballast, "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        self.ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "-l", self.folder], check=True)


class FileLimit:
    """A limit on the size of files, which the system enforces for anybody's processes (EFBIG). Binds the service that
    `service` answers; without one, this process and so whatever it starts from then on."""

    SMALLEST = 2048  # octets

    def __init__(self, folder: pathlib.Path, service=None):
        self.folder, self.service = folder, service

    def fill(self) -> None:
        longest = max(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        self._limit(longest if self.service else self.SMALLEST)

    def make_room(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        resource.prlimit(self.service().process.pid if self.service else 0, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.service is None:
            self.make_room()


def may_mount() -> bool:
    """Whether this account may mount file systems; where it may not, the limit on files alone stands for a full disk."""
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return probe.returncode == 0


KINDS = [FileLimit] + ([SmallDisk] if may_mount() else [])
