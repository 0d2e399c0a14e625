# SPDX-License-Identifier: Apache-2.0
"""The page that verifies receipts, built and opened from the disk, in Chromium and Firefox ESR."""
import pathlib
import subprocess

from browser import play_in_browser

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "web/verify"


def test_the_page_verifies_receipts_and_reaches_nothing(tmp_path):
    for command in (["npm", "run", "--silent", "compile"], ["npm", "run", "--silent", "build", "--", "--outDir", tmp_path / "dist"],
                    ["node", "build/tests/write_samples.js", tmp_path / "samples"]):
        done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    play_in_browser("verify_page.mjs", {"page": str(tmp_path / "dist/index.html"), "samples": str(tmp_path / "samples")})
