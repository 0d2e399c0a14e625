# SPDX-License-Identifier: Apache-2.0
"""A purchase with PC and terminal where nobody sits before a browser: the mediator takes the shop's link, as the desktop hands
it over, and somebody at the terminal reads what it asks and answers."""
import os
import pty
import re
import select
import subprocess
import time

from demo.computer import Computer
from demo.processes import StepFailed

QUESTION = "[yes/no] "
SECONDS = 60.0


class Terminal:
    """The wallet at a terminal of its own, waiting for one purchase."""

    def __init__(self, network, means: str = ""):
        chosen = ("--means", means) if means else ()
        command = network.wallet_command("receive", *chosen, "--pin-file", network.wallet_folder / "pin")
        self.master, terminal = pty.openpty()
        try:
            self.process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal)
        finally:
            os.close(terminal)
        self.said = ""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def read_until(self, words: str) -> bool:
        """What it says next, up to these words; False where it ended before."""
        deadline = time.monotonic() + SECONDS
        begun = len(self.said)
        while words not in self.said[begun:]:
            ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise StepFailed("the terminal fell silent after:\n" + self.said)
            try:
                part = os.read(self.master, 4096)
            except OSError:  # the other end is closed
                part = b""
            if not part:
                return False
            self.said += part.decode(errors="replace")
        return True

    def answer(self, word: str) -> None:
        os.write(self.master, (word + "\n").encode())


def buy(network, computer: Computer, link: str, means: str = "") -> str:
    """Buys what the link leads to; compares the code of the PC with the terminal's, as its holder does, before each yes.
    Returns what the terminal said."""
    with Terminal(network, means) as terminal:
        if not terminal.read_until("Waiting"):
            raise StepFailed("the terminal does not wait for purchases:\n" + terminal.said)
        with subprocess.Popen([str(computer.program), "--config", str(computer.config), "open", link], text=True,
                              env={**os.environ, **computer.environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as mediator:
            try:
                code = _code_shown_by(mediator)
                while terminal.read_until(QUESTION):
                    at_terminal = re.findall(r"Code on the PC: (\d+)", terminal.said)[-1:]
                    terminal.answer("yes" if at_terminal == [code] else "no")
                said, _ = mediator.communicate(timeout=SECONDS)
            finally:
                mediator.kill()
        if terminal.process.wait(SECONDS) != 0 or mediator.returncode != 0:
            raise StepFailed(f"the purchase was not confirmed; the terminal:\n{terminal.said}\nthe PC:\n{said}")
        return terminal.said


def _code_shown_by(mediator: subprocess.Popen) -> str:
    for line in mediator.stdout:
        if found := re.search(r"shows this code: (\d+) (\d+)", line):
            return found.group(1) + found.group(2)
    raise StepFailed("the mediator ended before it showed a code")
