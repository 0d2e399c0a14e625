# SPDX-License-Identifier: Apache-2.0
"""Plays a browser test of web/tests in Node.js, with pictures where they are wanted."""
import json
import os
import pathlib
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]


def play_in_browser(script: str, given: dict, seconds: float = 240, acts: dict | None = None) -> str:
    """Runs the script to its `done` and returns what it printed. Where it prints “have WORD”, `acts[WORD]` is called
    before it goes on."""
    command = ["node", str(ROOT / "web/tests" / script), json.dumps(given)]
    if pictures := os.environ.get("COUNTERSIGN_SCREENSHOTS"):
        command.append(pictures)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as played:
        overdue = threading.Timer(seconds, played.kill)
        overdue.start()
        said = ""
        try:
            for line in played.stdout:
                said += line
                if line.startswith("have "):
                    acts[line.split()[1]]()
                    played.stdin.write("done\n")
                    played.stdin.flush()
        except BaseException:
            played.kill()
            raise
        finally:
            overdue.cancel()
    assert played.returncode == 0, said
    assert said.rstrip().endswith("done"), said
    return said
