# SPDX-License-Identifier: Apache-2.0
"""Every sample configuration is in order, and a mistake in one is named with its setting."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COUNTERSIGN_BUILD", ROOT / "build/dev"))
PROGRAMS = ["authority", "mediator", "merchant", "wallet", "cardcompany"]


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


DELAYS = {"time_to_claim": "72h", "time_to_fetch_key": "7d", "proof_of_origins_lasts": "365d"}


def with_delay(setting: str, time: str, file: pathlib.Path) -> pathlib.Path:
    sample = (ROOT / "etc/authority.toml").read_text()
    line = f'\n{setting} = "{DELAYS[setting]}"\n'
    assert line in sample
    file.write_text(sample.replace(line, f'\n{setting} = "{time}"\n'))
    return file


@pytest.mark.parametrize("setting", DELAYS)
@pytest.mark.parametrize("time", ["10s", "90500ms"])
def test_a_delay_that_would_be_rounded_or_is_none_is_refused(setting, time, tmp_path):
    done = check("authority", with_delay(setting, time, tmp_path / "mistaken.toml"))
    assert done.returncode != 0
    assert f"policy.{setting}: whole seconds" in done.stderr


@pytest.mark.parametrize("setting", DELAYS)
def test_a_delay_of_less_than_an_hour_is_taken(setting, tmp_path):
    done = check("authority", with_delay(setting, "90s", tmp_path / "short.toml"))
    assert done.returncode == 0, done.stderr


def degraded(below: str, file: pathlib.Path, age: str = "5m") -> subprocess.CompletedProcess:
    sample = (ROOT / "etc/authority.toml").read_text()
    assert "\n[network]\n" in sample
    file.write_text(sample.replace("\n[network]\n", f'\n[network]\ndegraded_below = {below}\ndegraded_max_age = "{age}"\n'))
    return check("authority", file)


@pytest.mark.parametrize("below", ['["KRW 50000"]', '["KRW 50000", "EUR 20.00", "USD 20", "BHD 1.500"]', "[]"])
def test_amounts_below_which_an_unreachable_home_is_done_without_are_taken(below, tmp_path):
    done = degraded(below, tmp_path / "degraded.toml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("amount", ["50000", "KRW", "KRW ", "krw 50000", "KRW -1", "KRW 5.00", "EUR 20.0", "EUR 20.000", "EUR .50",
                                    "EUR 1e3", "KRW 1234567890123456", "KRW  50"])
def test_what_is_no_such_amount_is_refused(amount, tmp_path):
    done = degraded(f'["{amount}"]', tmp_path / "mistaken.toml")
    assert done.returncode != 0
    assert "network.degraded_below" in done.stderr


def test_a_currency_with_two_limits_and_an_age_beyond_a_day_are_refused(tmp_path):
    assert "KRW twice" in degraded('["KRW 1", "KRW 2"]', tmp_path / "mistaken.toml").stderr
    assert "network.degraded_max_age: between" in degraded("[]", tmp_path / "mistaken.toml", age="25h").stderr


def with_partner(gateway: str, file: pathlib.Path) -> pathlib.Path:
    sample = (ROOT / "etc/merchant.toml").read_text()
    assert "\npartners = []\n" in sample
    file.write_text(sample.replace("\npartners = []\n", '\npartners = ["namsan"]\n')
                    + f'\n[partners.namsan]\ngateway = "{gateway}"\napi_key_file = "namsan-api-key"\n')
    return file


@pytest.mark.parametrize("gateway", ["http://127.0.0.1:9543", "https://127.0.0.1:9543/", "https://Shop.example", "shop.example"])
def test_a_partner_whose_gateway_is_no_https_origin_is_refused(gateway, tmp_path):
    done = check("merchant", with_partner(gateway, tmp_path / "mistaken.toml"))
    assert done.returncode != 0
    assert "partners.namsan.gateway: an https origin" in done.stderr


def test_a_partner_is_taken_by_the_origin_of_its_gateway(tmp_path):
    done = check("merchant", with_partner("https://127.0.0.1:9543", tmp_path / "partner.toml"))
    assert done.returncode == 0, done.stderr


COMPANY = '\n[companies.hanok]\nurl = "https://127.0.0.1:9743"\nsubject = "CN=Hanok Card"\n'


def with_set(companies: str, file: pathlib.Path) -> pathlib.Path:
    sample = (ROOT / "etc/merchant.toml").read_text()
    assert '\nprofiles = ["direct"]\n' in sample
    file.write_text(sample.replace('\nprofiles = ["direct"]\n', '\nprofiles = ["set"]\n') + companies)
    return file


def test_split_payments_need_a_card_company(tmp_path):
    done = check("merchant", with_set("", tmp_path / "mistaken.toml"))
    assert done.returncode != 0
    assert "payment.profiles: set needs a card company, [companies.<name>]" in done.stderr
    done = check("merchant", with_set(COMPANY, tmp_path / "set.toml"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("companies, complaint", [
    (COMPANY.replace("https:", "http:"), "companies.hanok.url: an https URL"),
    (COMPANY.replace("subject", "named"), "companies.hanok.subject: missing"),
    (COMPANY + COMPANY.replace("hanok", "again"), "companies.hanok.subject: of another company, too"),
])
def test_a_card_company_that_is_not_whole_is_refused_by_name(companies, complaint, tmp_path):
    done = check("merchant", with_set(companies, tmp_path / "mistaken.toml"))
    assert done.returncode != 0
    assert complaint in done.stderr


LIMITS = [("wallet", "gateway_answer", "30s"), ("wallet", "authority_answer", "15s"), ("wallet", "silence", "30s"),
          ("mediator", "silence", "30s"), ("merchant", "authority_answer", "15s"), ("merchant", "card_company_answer", "15s")]


@pytest.mark.parametrize("program, setting, stated", LIMITS)
@pytest.mark.parametrize("time", ["999ms", "51s"])
def test_a_patience_that_is_none_or_too_long_is_refused_by_name(program, setting, stated, time, tmp_path):
    file = tmp_path / "mistaken.toml"
    sample = (ROOT / "etc" / f"{program}.toml").read_text()
    line = f'\n{setting} = "{stated}"\n'
    assert line in sample
    file.write_text(sample.replace(line, f'\n{setting} = "{time}"\n'))
    done = check(program, file)
    assert done.returncode != 0
    assert f".{setting}: from 1s to 50s" in done.stderr
