# SPDX-License-Identifier: Apache-2.0
"""Every sample configuration is in order, and a mistake in one is named with its setting."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
PROGRAMS = ["authority", "mediator", "merchant", "wallet"]


def check(program: str, file: pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run([BUILD / "apps" / program / f"countersign-{program}", "--config", file, "--check-config"],
                          capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_sample_is_in_order(program):
    done = check(program, ROOT / "etc" / f"{program}.toml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_setting_that_nobody_knows_is_refused_by_name(program, tmp_path):
    file = tmp_path / "mistaken.toml"
    file.write_text((ROOT / "etc" / f"{program}.toml").read_text() + "\n[nonsense]\nsetting = 1\n")
    done = check(program, file)
    assert done.returncode != 0
    assert "nonsense" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_file_is_said_to_be_missing(program, tmp_path):
    done = check(program, tmp_path / "none.toml")
    assert done.returncode != 0
    assert "none.toml" in done.stderr


@pytest.mark.parametrize("time", ["10s", "90500ms"])
def test_a_time_to_claim_that_would_be_rounded_or_is_none_is_refused(time, tmp_path):
    file = tmp_path / "mistaken.toml"
    file.write_text((ROOT / "etc/authority.toml").read_text().replace('time_to_claim = "72h"', f'time_to_claim = "{time}"'))
    done = check("authority", file)
    assert done.returncode != 0
    assert "policy.time_to_claim" in done.stderr
