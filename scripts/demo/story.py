# SPDX-License-Identifier: Apache-2.0
"""The whole story once: from a merchant's application to a confirmation that openssl verifies."""
import hashlib
import json
import pathlib
import shutil
import time

from demo.computer import Computer
from demo.neighbour import Neighbour
from demo.network import Network
from demo.partner import Partner
from demo.payment import IN_WALLETS
from demo.processes import StepFailed, run, wait_until
from demo.purchase import buy

EMAIL = "hong.gildong@mail.example"
LINES = [
    {"sku": "TEA-100", "description": "제주 녹차 100 g", "quantity": 2, "unitPrice": 12000},
    {"sku": "CUP-1", "description": "Celadon cup", "quantity": 1, "unitPrice": 38000},
]
CURRENCY = "KRW"
RECEIPT = "order.countersign-receipt.json"


class Transcript:
    """Prints a line per step and keeps `{"step", "at", "ms"}` of each."""

    def __init__(self, quiet: bool = False):
        self.steps: list[dict] = []
        self.quiet = quiet

    def step(self, name: str, action, say=lambda result: ""):
        """Runs one step; `say` makes the text behind its name out of what it returned."""
        begun = time.time()
        try:
            result = action()
        except Exception as error:
            raise StepFailed(f"step “{name}” failed: {error}") from error
        spent = round((time.time() - begun) * 1000)
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun))
        self.steps.append({"step": name, "at": at, "ms": spent})
        if not self.quiet:
            print(f"  {len(self.steps):2}. {name:<58} {spent:>6} ms  {say(result)}", flush=True)
        return result


def play(network: Network, transcript: Transcript) -> dict[str, pathlib.Path]:
    """Plays the story on a network that is not yet initialized; returns the evidence, by file name."""
    step = transcript.step
    network.profiles.insert(0, "set")
    step("The network root is made and put away", network.create_root)
    step("The data centre gets its CA and its keys", network.create_data_centre)
    step("A mail server starts (SMTP submission, STARTTLS)", network.start_mail, lambda _: network.mail_page)
    step("The authority starts", network.start_authority, lambda _: network.authority_url)
    step("A card company gets its certificate and opens accounts", network.start_card_company)
    partner = Partner(network)
    step("A partner, whose goods the shop sells, too, makes its key", partner.prepare)
    step("The merchant makes its key and starts its gateway", network.start_merchant, lambda _: network.merchant_url)
    application = step("The merchant applies; the authority checks key and origin", network.merchant_applies,
                       lambda identifier: identifier)
    step("The operator approves", lambda: network.approve(application))
    step("The merchant has its certificate", network.wait_merchant_certificate)
    step("The partner has its certificate, for the same pages", partner.bring_up_beside, lambda _: partner.merchant_url)
    link = step("A purchaser registers and consents", lambda: network.register(EMAIL), lambda _: EMAIL)
    step("The wallet fetches the key file, once", lambda: network.wallet_enrol(link))
    mail = step("The password arrives by mail", lambda: network.wait_mail(EMAIL), lambda file: file.name)
    step("The wallet opens it, installs the keys, signs the consent", lambda: network.wallet_open(mail))
    step("The holder's cards lie in the wallet; the company binds them", lambda: network.card_company.fill_wallet(IN_WALLETS, True))
    step("PC and terminal are paired", lambda: pair(network), lambda _: network.computer.name)
    checkout = step("The shop makes a checkout", lambda: network.create_checkout(LINES, CURRENCY),
                    lambda answer: f"{answer['total']} {CURRENCY}")
    step("Order and sealed payment signed, reviewed, confirmed", lambda: buy(network, network.computer, checkout["link"]))
    evidence = step("The wallet has it from the authority, too", network.wallet_evidence)
    step("The card company captures on the authority's extract", lambda: network.card_company.wait_captured(evidence["order.json"]))
    step("countersign verifies everything inside, offline",
         lambda: network.verify(evidence["confirmation.p7m"], "--review", evidence["review-result.p7m"]))
    step("… and its receipt: the public log has it", lambda: receipt_verified(network, evidence[RECEIPT]), lambda said: said)
    step("openssl alone takes it apart to the order", lambda: openssl_agrees(network, evidence))
    step("… and the payment half without the order", lambda: openssl_sees_no_order(network, evidence))
    neighbour = Neighbour(network)
    step("A data centre in another region joins by the network map", lambda: neighbour.bring_up_beside(logged=True), lambda _: neighbour.merchant_url)
    checkout = step("A merchant there makes a checkout", lambda: neighbour.create_checkout(LINES, CURRENCY),
                    lambda answer: f"{answer['total']} {CURRENCY}")
    step("The same purchaser buys there; her own authority is asked", lambda: buy(network, network.computer, checkout["link"]))
    abroad = step("The wallet has it from the authority there", lambda: network.wallet_evidence("evidence-abroad"))
    step("countersign verifies it under the one root, offline",
         lambda: network.verify(abroad["confirmation.p7m"], "--review", abroad["review-result.p7m"]))
    step("Each witnesses the other's log; a newer receipt says so", lambda: receipt_witnessed(network, neighbour, evidence),
         lambda said: said)
    evidence |= {"mail.eml": mail, "confirmation-abroad.p7m": abroad["confirmation.p7m"]}
    return evidence


def receipt_verified(network: Network, receipt: pathlib.Path, *witnesses: Network) -> str:
    """Offline, by a policy that trusts the log's key, and the witnesses where some are named."""
    report = json.loads(network.verify(receipt, "--policy", network.log_policy(*witnesses), "--json"))
    log = report["log"]
    return f"number {log['index']} of {log['origin']}, {json.loads(receipt.read_text(encoding='utf-8'))['states']}"


def receipt_witnessed(network: Network, neighbour: Neighbour, evidence: dict[str, pathlib.Path]) -> str:
    """The receipt of the first purchase, once the other data centre has cosigned a checkpoint that covers it."""
    order = json.loads(evidence["order.json"].read_text(encoding="utf-8"))["id"]
    receipt = evidence[RECEIPT]
    wait_until(lambda: network.newer_receipt(order, receipt)["states"] == "witnessed", "a witnessed receipt")
    evidence["log-policy"] = network.log_policy(neighbour)
    return receipt_verified(network, receipt, neighbour)


def openssl_agrees(network: Network, evidence: dict[str, pathlib.Path]) -> None:
    """Verifies confirmation, countersigned order and signed order with openssl, each in its role."""
    work = network.folder / "openssl"
    work.mkdir(exist_ok=True)
    layers = [("confirmation.p7m", "confirmation.json", network.policies["confirmation"]),
              ("countersigned-order.p7m", "signed-order.p7m", network.policies["merchant"]),
              ("signed-order.p7m", "order.json", network.policies["purchaser"])]
    for message, content, policy in layers:
        out = work / content
        run(["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", evidence[message],
             "-out", out, "-CAfile", network.root_pem, "-policy", policy, "-explicit_policy"])
        if out.read_bytes() != evidence[content].read_bytes():
            raise StepFailed(f"{content} inside {message} is not the one that the wallet keeps")


def pair(network: Network) -> None:
    """Makes the purchaser's PC known to the terminal, which listens for it meanwhile."""
    network.start_wallet_screen()
    try:
        network.computer = Computer.paired_with(network, network.folder / "pc")
    finally:
        network.screen.stop()


def openssl_sees_no_order(network: Network, evidence: dict[str, pathlib.Path]) -> None:
    """What the card company verifies: the purchaser's signature without the order, and its own answer."""
    work = network.folder / "openssl"
    verify = ["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-CAfile", network.root_pem,
              "-explicit_policy", "-policy"]
    run([*verify, network.policies["purchaser"], "-no_content_verify", "-in", evidence["signed-order-detached.p7s"],
         "-content", "/dev/null", "-out", "/dev/null"])
    run([*verify, network.policies["purchaser"], "-in", evidence["signed-order-detached.p7s"],
         "-content", evidence["order.json"], "-out", "/dev/null"])
    run([*verify, network.policies["card company"], "-in", evidence["review-result.p7m"], "-out", work / "review-result.json"])
    order = hashlib.sha256(evidence["order.json"].read_bytes()).hexdigest()
    review = json.loads((work / "review-result.json").read_text(encoding="utf-8"))
    if review["order"] != order or review["verdict"] != "approved":
        raise StepFailed("the review result is not of this order, or no approval")


def leave(evidence: dict[str, pathlib.Path], network: Network, transcript: Transcript, out: pathlib.Path) -> None:
    """Copies the evidence and the transcript to a folder."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(network.root_pem, out / "network-root.pem")
    for name, file in evidence.items():
        shutil.copyfile(file, out / (file.name + ("" if file.suffix == ".eml" else ".eml") if name == "mail.eml" else name))
    (out / "transcript.json").write_text(json.dumps(transcript.steps, indent=1) + "\n", encoding="utf-8")
