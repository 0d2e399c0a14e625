# SPDX-License-Identifier: Apache-2.0
"""What the holder has on the card and types at the terminal is never on the PC: after purchases through the real programs
its files hold neither name, nor card number, nor PIN, not even when the mediator is killed in the middle."""
import contextlib
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from canaries import held_in
from demo.network import Network
from demo.payment import HOLDER, Means
from demo.story import EMAIL
from pc_side import Pc, permit_cores, terminal

NAME = "홍길동"
WALLET_USER = 61_000
# Calls that write to a regular file, which -yy names by its path.
WRITES = re.compile(r"(?:p?writev?2?(?:64)?|sendfile|copy_file_range)\(\d+<(/(?!dev/)[^>]*)>")


def card_number() -> str:
    """A card number that nobody else has, with Luhn's digit."""
    digits = "4" + "".join(secrets.choice("0123456789") for _ in range(14))
    total = sum(int(c) if i % 2 else sum(divmod(2 * int(c), 10)) for i, c in enumerate(digits))
    return digits + str(-total % 10)


def move_wallet_to_another_user(network: Network, folder: pathlib.Path) -> None:
    """Has somebody else run the wallet, from a copy that they can reach wherever the programs were built."""
    assert os.geteuid() == 0, "the wallet runs as another user here, whom only root can choose: run this test as root"
    network.wallet_user = WALLET_USER
    network.wallet_pages = shutil.copytree(network.wallet_pages, folder / "pages")
    program = shutil.copy(network.programs["countersign-wallet"], folder)
    network.programs["countersign-wallet"] = pathlib.Path(program)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def users_of(process: int) -> set[int]:
    """Real, effective, saved and file-system user of a process."""
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return {int(word) for word in re.search(r"^Uid:(.*)$", status, re.MULTILINE).group(1).split()}


@pytest.fixture(name="network", scope="module")
def network_with_a_terminal_of_its_own():
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, Network(pathlib.Path(folder) / "network") as network:
        pathlib.Path(folder).chmod(0o711)
        network.pin = "".join(secrets.choice("0123456789") for _ in range(16))
        move_wallet_to_another_user(network, pathlib.Path(folder) / "terminal")
        network.merchant_settings = '[information]\nfields = ["name"]\n'
        network.bring_up(network.start_card_company)
        network.wallet_enrol(network.register(EMAIL))
        network.wallet_open(network.wait_mail(EMAIL))
        network.card_company.fill_wallet(())
        network.card = Means(card_number(), expiry="2031-12")
        network.card_company.open_account(network.card)
        network.card_company.put_into_wallet(network.card)
        yield network


def canaries_of(network: Network) -> dict[str, str]:
    return {"name": NAME, "holder": HOLDER, "card number": network.card.number, "PIN": network.pin}


def files_with(canaries: dict[str, str], folders: list[pathlib.Path], since: float) -> list[tuple[str, str]]:
    """Which file, written since then, holds which canary, in any spelling of theirs. Other file systems that are mounted
    below the folders are not theirs; what vanishes during the search is none of the files that stay."""
    found = []
    for top in folders:
        for folder, below, names in os.walk(top):
            below[:] = [name for name in below if not os.path.ismount(os.path.join(folder, name))]
            for file in (pathlib.Path(folder, name) for name in names):
                with contextlib.suppress(OSError):
                    if file.is_symlink() or not file.is_file() or file.stat().st_mtime < since:
                        continue
                    found += [(str(file), name) for name in held_in(file.read_bytes(), canaries)]
    return found


def as_strace_spells(text: str) -> str:
    return "".join(chr(byte) if byte < 128 else f"\\{byte:o}" for byte in text.encode())


def leaves_cores(folder: pathlib.Path) -> bool:
    """Whether an ordinary program that is killed there leaves a core file."""
    subprocess.run(["sh", "-c", "kill -ABRT $$"], cwd=folder, preexec_fn=permit_cores, check=False)
    cores = list(folder.glob("core*"))
    for core in cores:
        core.unlink()
    return bool(cores)


def test_neither_name_nor_card_nor_pin_is_ever_on_the_pc(network):
    begun = time.time() - 1
    pc = Pc(network, network.folder.parent / "pc")  # a short path: Chromium makes a socket below it
    pc.trace_the_mediator()
    pc.browse()
    assert leaves_cores(pc.home), "no core is written on this machine, and this test shows nothing of them"
    for profile in ("session", "plain"):
        network.sell_in(profile)
        with terminal(network) as wallet:
            pc.begin(profile)
            assert pc.until("ended") == "confirmed", wallet.communicate()[0]
            assert wallet.wait(30) == 0
    network.sell_in("session", "plain")
    with terminal(network) as wallet:
        pc.begin("session until-the-last-look")
        pc.until("last-look")
        assert users_of(wallet.pid) == {WALLET_USER}
        assert users_of(pc.mediator()) == {os.geteuid()} != {WALLET_USER}, "the PC's side is another user's"
        os.kill(pc.mediator(), signal.SIGABRT)
        assert pc.until("ended").startswith("failed")
    pc.leave()

    trace = pc.trace()
    assert trace.count("Celadon cup") >= 2, "the mediator was watched while it showed the order"
    for link in ("link", "gateway"):
        assert f"->127.0.0.1:{network.ports[link]}]>, " in trace, f"what it carried to the {link} was recorded"
    assert "+++ killed by SIGABRT +++" in trace and "core dumped" not in trace
    assert not list(pc.home.rglob("core*[0-9]")) and not list(pc.home.glob("core"))
    canaries = canaries_of(network)
    store = pc.home / "pairings"
    written = {pathlib.Path(path.removesuffix(" (deleted)")) for path in WRITES.findall(trace)}
    assert written and all(path.parent == store for path in written), written
    for name, text in canaries.items():
        assert as_strace_spells(text) not in trace, f"the {name} passed through the mediator"

    # Temporary files of the PC are below its home, or would be in memory or here; that there are no others shows the next test.
    places = [pc.home, *(pathlib.Path(place) for place in ("/dev/shm", "/var/tmp"))]
    assert files_with({"shop": network.merchant_url.removeprefix("https://")}, places, begun), "the search finds what is there"
    assert not files_with(canaries, places, begun)


def test_browser_and_mediator_write_nowhere_but_below_the_home_of_the_pc(network):
    begun = time.time() - 1
    pc = Pc(network, network.folder.parent / "pc-2")
    pc.browse_watched()
    with terminal(network) as wallet:
        pc.begin("session")
        assert pc.until("ended") == "confirmed", wallet.communicate()[0]
    pc.leave()

    written = pc.written()
    temporary, store = pc.home / "tmp", pc.home / "pairings"
    assert any(path.is_relative_to(temporary) for path in written), "the browser has temporary files, and they were seen"
    assert any(path.parent == store for path in written), "the mediator was seen"
    elsewhere = {path for path in written if not path.is_relative_to(pc.home)}
    assert all(path.parent == pathlib.Path("/dev/shm") for path in elsewhere), elsewhere
    assert not [path for path in elsewhere if path.exists()], "shared memory is gone with the browser"
    assert not files_with(canaries_of(network), [pc.home], begun)
