# SPDX-License-Identifier: Apache-2.0
"""A desktop on which `countersign:` links open a terminal window, for which a program of the test stands."""
import os

from demo.computer import Computer

# buy_by_link.mjs looks at it and types into it.
WINDOW = """#!/bin/sh
[ "$1" = -e ] && shift
"$@" <"{home}/keys" >>"{home}/window" 2>&1
echo "window closed with $?" >>"{home}/window"
"""


def stand_for_terminal_windows(computer: Computer) -> dict[str, str]:
    """The environment of a browser on that desktop."""
    programs = computer.home / "bin"
    programs.mkdir()
    window = programs / "x-terminal-emulator"  # as xdg-open calls it
    window.write_text(WINDOW.format(home=computer.home), encoding="utf-8")
    window.chmod(0o755)
    os.mkfifo(computer.home / "keys")
    return {**computer.environment, "PATH": f"{programs}:{os.environ['PATH']}", "DISPLAY": ":none",
            "XDG_CURRENT_DESKTOP": "", "BROWSER": "false"}
