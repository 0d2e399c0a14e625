# SPDX-License-Identifier: Apache-2.0
"""The card company's numbers under a key in a PKCS#11 token: without it nobody opens them, with it all goes on."""
import subprocess

import pytest
from demo.network import Network
from demo.processes import StepFailed, run, wait_until
from test_card_company import authorize
from test_ledger import serves


@pytest.fixture(name="network")
def network_with_a_card_company(tmp_path, monkeypatch):
    tokens = tmp_path / "tokens"
    tokens.mkdir(mode=0o700)
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    with Network(tmp_path / "network") as running:
        running.bring_up(running.start_card_company)
        yield running


def make_key(folder) -> str:
    """A key pair for key agreement in a new token; its URI."""
    run(["softhsm2-util", "--init-token", "--free", "--label", "Accounts", "--so-pin", "271828182", "--pin", "314159"])
    run(["pkcs11-tool", "--module", "/usr/lib/softhsm/libsofthsm2.so", "--token-label", "Accounts", "--pin", "314159",
         "--keypairgen", "--key-type", "EC:prime256v1", "--usage-derive", "--label", "accounts", "--id", "01"])
    pin = folder / "token-pin"
    pin.touch(mode=0o600)
    pin.write_text("314159\n")
    return f"pkcs11:token=Accounts;object=accounts?pin-source=file:{pin}"


def test_the_numbers_may_be_under_a_key_in_a_token(network):
    company = network.card_company
    config, secrets = company.folder / "cardcompany.toml", company.folder / "data/secrets"
    sample = config.read_text()
    assert authorize(network, "before")[1]["approved"]
    company.service.stop()
    config.write_text(sample.replace("[storage]", f'account_key = "{make_key(company.folder)}"\n[storage]'))
    with pytest.raises(StepFailed, match="accounts wrap-secret"):
        company.command("accounts", "list")
    for _ in range(2):
        company.command("accounts", "wrap-secret")
    assert not (secrets / "accounts").exists()
    company.service.start()
    wait_until(lambda: serves(network), "the card company to serve")
    assert authorize(network, "before")[1]["approved"], "the same answer as before"
    assert authorize(network, "after")[1]["approved"], "the account is found"

    config.write_text(sample)
    with pytest.raises(StepFailed, match="keys.account_key"):
        company.command("accounts", "list")


def test_a_new_company_begins_with_its_numbers_under_the_token(network, tmp_path):
    company = network.card_company
    uri = make_key(tmp_path)
    config = tmp_path / "cardcompany.toml"
    config.write_text((company.folder / "cardcompany.toml").read_text().replace(
        "[storage]", f'account_key = "{uri}"\n[storage]').replace('"data"', '"own"').replace(
        '"passphrase"', f'"{company.folder / "passphrase"}"'))
    run([company.program, "--config", config, "init", "--request", tmp_path / "request.der", "--agreement-request",
         tmp_path / "agreement-request.der", "--host", "127.0.0.1"])
    assert (tmp_path / "own/account-secret.wrapped").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "own/secrets/accounts").exists()
    run([company.program, "--config", config, "accounts", "add", "--holder", "A", "--limit", "1", "--expiry", "2031-12"],
        stdin="4111111111111111\n")
    (tmp_path / "own/account-secret.wrapped").write_bytes(bytes(105))
    refused = subprocess.run([company.program, "--config", config, "accounts", "list"], capture_output=True, text=True,
                             check=False, timeout=30)
    assert refused.returncode == 1 and "token" not in refused.stdout
