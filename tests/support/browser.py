# SPDX-License-Identifier: Apache-2.0
"""Plays a browser test of web/tests in Node.js, with pictures where they are wanted."""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def play_in_browser(script: str, given: dict, seconds: float = 240) -> str:
    """Runs the script to its `done` and returns what it printed."""
    command = ["node", str(ROOT / "web/tests" / script), json.dumps(given)]
    if pictures := os.environ.get("COUNTERSIGN_SCREENSHOTS"):
        command.append(pictures)
    played = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.rstrip().endswith("done"), played.stdout + played.stderr
    return played.stdout
