# SPDX-License-Identifier: Apache-2.0
"""The real wallet with wrong secrets, altered links and sudden ends, and all that its holder does besides paying."""
import random
import re
import shutil
import time

import pytest

from demo.mails import text_of_mail
from demo.network import PIN, write_private
from demo.processes import StepFailed, wait_until
from holders import LINES, Holder
from openssl_party import Peer, link_parts, openssl, sha256_hex


@pytest.fixture
def holder(shared_network, tmp_path, request):
    name = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-")
    return Holder(shared_network, tmp_path, name)


def refused(code: str):
    return pytest.raises(StepFailed, match=rf"\({code}\)")


# --- what a merchant could alter in a link

def test_a_link_with_another_root_is_refused_and_the_true_one_still_works(holder):
    link = holder.register()
    root = link_parts(link)["root"]
    with refused("forbidden|certificate_unknown|unauthenticated|wrong_origin"):
        holder.run("enrol", link.replace(root, "0" * 64))
    holder.run("enrol", link)
    holder.run(*holder.opening())
    holder.pay()


@pytest.mark.parametrize("part, value", [("token", "x" * 43), ("id", "01890000-0000-7000-8000-000000000000")])
def test_a_link_with_another_token_or_id_fetches_nothing(holder, part, value):
    link = holder.register()
    with refused("not_found"):
        holder.run("enrol", link.replace(link_parts(link)[part], value))
    holder.run("enrol", link)


@pytest.mark.parametrize("link", ["", "countersign:enrol?", "countersign:pay?x=1", "https://shop.example/enrol",
                                  "countersign:enrol?authority=http%3A%2F%2F127.0.0.1&id=a&token=b&root=c"])
def test_what_is_no_link_is_named(holder, link):
    with pytest.raises(StepFailed):
        holder.run("enrol", link)


# --- wrong secrets

def test_a_wrong_password_is_named_and_the_right_one_still_opens(holder):
    holder.run("enrol", holder.register())
    right = holder.mailed().read_text().strip()
    wrong = write_private(holder.folder / "wrong", right[:-1] + ("A" if right[-1] != "A" else "B") + "\n")
    for _ in range(3):
        with refused("wrong_password"):
            holder.run("open", "--password-file", wrong, "--pin-file", holder.pin, "--yes")
    holder.run(*holder.opening())
    assert holder.states() == ["active", "active"]


def test_without_the_holders_yes_nothing_is_installed(holder):
    holder.run("enrol", holder.register())
    with refused("cancelled"):
        holder.run("open", "--password-file", holder.mailed(), "--pin-file", holder.pin)
    assert holder.states() == ["on_hold", "on_hold"]


def test_five_wrong_pins_lock_the_card_for_good_across_restarts(holder):
    holder.enrol()
    for _ in range(3):
        with refused("wrong_pin"):
            holder.run_with_pin("certificates", pin="000000")
    holder.run_with_pin("certificates")  # the right one takes the count back
    for _ in range(4):
        with refused("wrong_pin"):
            holder.run_with_pin("certificates", pin="000000")
    with refused("wrong_pin|pin_locked"):
        holder.run_with_pin("certificates", pin="000000")
    for words in (("certificates",), ("suspend",), ("renew",)):
        with refused("pin_locked"):
            holder.run_with_pin(*words)
    link = holder.network.create_checkout(LINES, "KRW")["link"]
    with refused("pin_locked"):
        holder.run("pay", link, "--pin-file", holder.pin, "--yes")
    holder.run("suspend", "--by-code")  # needs no card
    assert holder.states() == ["on_hold", "on_hold"]


def test_a_kill_in_the_middle_of_a_wrong_pin_gives_no_extra_tries(holder):
    holder.enrol()
    wrong = write_private(holder.folder / "wrong-pin", "000000\n")
    for _ in range(40):
        process = holder.start("certificates", "--pin-file", wrong)
        time.sleep(random.uniform(0, 0.08))
        process.kill()
        process.wait()
    finished = 0
    for _ in range(6):
        try:
            holder.run("certificates", "--pin-file", wrong)
        except StepFailed as error:
            finished += "(wrong_pin)" in str(error)
    assert finished <= 5
    with refused("pin_locked"):
        holder.run_with_pin("certificates")


def test_change_pin(holder):
    holder.enrol()
    new = write_private(holder.folder / "new-pin", "161803\n")
    with refused("wrong_pin"):
        holder.run_with_pin("change-pin", "--new-pin-file", new, pin="000000")
    holder.run_with_pin("change-pin", "--new-pin-file", new)
    with refused("wrong_pin"):
        holder.run_with_pin("certificates", pin=PIN)
    holder.pin = new
    holder.pay()


# --- sudden ends

def test_the_wallet_may_be_killed_at_any_moment_of_opening(holder, full):
    holder.run("enrol", holder.register())
    words = holder.opening()
    for _ in range(40 if full else 8):
        process = holder.start(*words)
        time.sleep(random.uniform(0, 0.4))
        process.kill()
        process.wait()
        if holder.states() == ["active", "active"]:
            break
    if not is_active(holder):
        holder.run(*words)
    assert holder.states() == ["active", "active"]
    holder.pay()


def is_active(holder: Holder) -> bool:
    """Whether the wallet itself knows that it is done."""
    try:
        holder.run_with_pin("certificates")
        return True
    except StepFailed:
        return False


def test_a_wallet_killed_while_it_fetches_goes_on_or_the_merchant_restarts(holder, full):
    """The key file is given once: killed after that and before it is on disk, the way out is a restart."""
    for number in range(12 if full else 3):
        person = Holder(holder.network, holder.folder, f"fetching-{number}")
        link = person.register()
        person.run("list")
        process = person.start("enrol", link)
        time.sleep(random.uniform(0, 0.15))
        process.kill()
        process.wait()
        try:
            person.run("enrol", link)
        except StepFailed as error:
            assert "(gone)" in str(error), error
            continue
        person.run(*person.opening())
        person.pay()


def test_a_payment_killed_at_any_moment_is_confirmed_once(holder, full):
    holder.enrol()
    for _ in range(20 if full else 4):
        checkout = holder.network.create_checkout(LINES, "KRW")
        words = ("pay", checkout["link"], "--pin-file", holder.pin, "--yes")
        process = holder.start(*words)
        time.sleep(random.uniform(0, 0.5))
        process.kill()
        if process.wait() != 0:
            pay_again(holder, words)
        assert holder.network.ask_shop(f"/v1/checkouts/{checkout['id']}")["state"] == "confirmed"


def pay_again(holder: Holder, words: tuple) -> None:
    """Takes a payment up again; it may have been confirmed just before the end."""
    try:
        holder.run(*words)
    except StepFailed as error:
        assert "decided already (conflict)" in str(error), error


# --- what a holder does besides paying

def test_keys_made_by_the_wallet_itself(holder):
    holder.run("enrol", holder.register(), "--own-keys")
    code = holder.mailed()
    root = sha256_hex(openssl("x509", "-in", holder.network.root_pem, "-outform", "DER"))
    assert root in text_of_mail(holder.network.wait_mail(holder.address)), "the mail names the network root"
    finish = ("make-keys", "--password-file", code, "--pin-file", holder.pin, "--yes", "--root")
    with refused("forbidden"):
        holder.run(*finish, "0" * 64)
    wrong = write_private(holder.folder / "wrong", "AAAA-AAAA-AAAA-AAAA-AAAA\n")
    with refused("wrong_password|not_found|malformed|forbidden"):
        holder.run("make-keys", "--password-file", wrong, "--pin-file", holder.pin, "--yes", "--root", root)
    holder.run(*finish, root)
    listed = holder.run_with_pin("certificates")
    assert listed.count("key made by holder") == 2, listed
    holder.pay()


def test_renewal_by_the_wallet(holder):
    holder.enrol()
    with refused("wrong_pin"):
        holder.run_with_pin("renew", pin="000000")
    holder.run_with_pin("renew")
    holder.pay()
    assert [state for _, state in holder.certificates()].count("active") >= 2
    assert "key made by holder" in holder.run_with_pin("certificates")


def test_suspension_by_code_and_by_card(holder, tmp_path):
    holder.enrol()
    holder.run("suspend", "--by-code")
    assert holder.states() == ["on_hold", "on_hold"]
    with refused("certificate_on_hold"):
        holder.pay()
    other = Holder(holder.network, tmp_path, "by-card").enrol()
    with refused("wrong_pin"):
        other.run_with_pin("suspend", pin="000000")
    assert other.states() == ["active", "active"]
    other.run_with_pin("suspend")
    assert other.states() == ["on_hold", "on_hold"]


def test_the_address_changes_when_both_ends_agree(holder):
    holder.enrol()
    new_address, network = "moved-" + holder.address, holder.network
    holder.run("change-address", new_address, "--pin-file", holder.pin)
    anyone = Peer(network.authority_url, network.root_pem)

    def confirm(address: str) -> None:
        def link():
            found = [re.search(r"https://\S+/v1/address-changes/\S+", text_of_mail(mail)) for mail in network.mails_to(address)]
            return next((match.group(0) for match in found if match), None)
        path = wait_until(link, f"the link in the mail to {address}").removeprefix(network.authority_url)
        assert anyone.ask("GET", path).status == 200
        answer = anyone.ask("POST", path, media="application/x-www-form-urlencoded")
        assert answer.status == 200, answer

    old = holder.address
    confirm(old)
    assert holder.states() == ["active", "active"], "one end alone changes nothing"
    confirm(new_address)
    holder.address = new_address
    assert holder.states() == ["active", "active"]
    holder.address = old
    assert holder.states() == []
    holder.pay()


def test_a_copied_wallet_without_its_token_pays_nothing(holder, tmp_path):
    holder.enrol()
    thief = Holder(holder.network, tmp_path, "thief")
    thief.run("list")
    shutil.rmtree(thief.folder / "data")
    shutil.copytree(holder.folder / "data", thief.folder / "data")
    with pytest.raises(StepFailed):
        thief.pay()
    holder.pay()
