# SPDX-License-Identifier: Apache-2.0
"""Every page that people see has a picture in docs/pages.md: whoever adds a page adds it to the list below, a `picture()` to
the browser test that reaches it, and a line to that document."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/pictures/pages"
# The pages of gateway, demo shop and authority by the functions that write them, the wallet's screens by theirs.
PICTURES = {
    # src/merchant
    "front_page": {"shop-front"},
    "form_page": {"shop-register", "shop-register-ko", "shop-register-without-consent", "shop-renew"},
    "done_page": {"shop-registered"},
    "shelf_page": {"shop-shelf", "shop-shelf-ko", "shop-search"},
    "item_page": {"shop-article"},
    "cart_page": {"shop-cart", "two-cart"},
    "needs_page": {"shop-needs"},
    "orders_page": {"shop-orders", "shop-orders-ended"},
    "order_page": {"shop-payment", "shop-order", "shop-confirming", "shop-refused", "shop-cancelled", "shop-expired",
                   "shop-age-check", "shop-age-shown", "shop-age-not-shown", "shop-login", "shop-logged-in", "shop-not-logged-in",
                   "buy-order", "set-order"},
    "receipt_page": {"shop-receipt"},
    "joint_page": {"two-orders"},
    "joint_receipt_page": {"two-receipt"},
    "missing_page": {"shop-missing"},
    # src/authority
    "suspension_page": {"authority-suspension-wrong-code"},
    "suspension_done_page": {"authority-suspended"},
    "objection_page": {"authority-objection"},
    "objection_done_page": {"authority-objected"},
    "address_page": {"authority-address"},
    "address_done_page": {"authority-address-done"},
    # web/wallet
    "startScreen": {"wallet-start"},
    "homeScreen": {"wallet-home-empty", "wallet-home", "wallet-locked"},
    "linkScreen": {"wallet-enrol"},
    "consentScreen": {"wallet-consent", "wallet-wrong-password"},
    "activeScreen": {"wallet-active"},
    "payScreen": {"wallet-pay", "wallet-expired"},
    "requestScreen": {"wallet-request", "wallet-wrong-pin"},
    "resultScreen": {"wallet-confirmed", "wallet-confirmed-ko", "wallet-undecided", "wallet-refused", "wallet-cancelled"},
    "settingsScreen": {"wallet-settings", "wallet-settings-ko", "wallet-personal", "wallet-personal-refused", "wallet-means",
                       "wallet-pair", "wallet-computers"},
    "incomingScreen": {"buy-tell", "buy-sign", "buy-declined", "buy-link", "wallet-age-check", "wallet-identified", "wallet-login",
                       "wallet-said-no", "two-sign", "two-confirmed", "set-tell", "set-sign", "set-declined", "set-end"},
}
# What is no page of these: windows of the extension and of the mediator, mails, the page of web/verify.
OTHERS = {"extension-asks", "extension-last-look", "extension-confirmed", "extension-error", "extension-without-mediator",
          "extension-look-at-two", "extension-partly", "buy-last-look", "two-asks", "two-last-look", "mediator-pair", "mediator-open",
          "mail", "mail-box", "verify-start", "verify-proven", "verify-proven-ko", "verify-pending", "verify-incomplete", "verify-link",
          "verify-invalid", "verify-wrong-root", "verify-dark", "verify-phone", "verify-phone-invalid", "verify-wide"}


def found_in(pattern: str, files) -> set[str]:
    return {name for file in files for name in re.findall(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)}


def test_every_page_is_in_the_list():
    pages = found_in(r"^(?:std::string|Result<std::string>) (\w+_page)\(", (ROOT / "src").rglob("*.h"))
    screens = found_in(r"^export (?:async )?function (\w+Screen)\(", (ROOT / "web/wallet").glob("*.js"))
    assert {"shelf_page", "objection_page"} <= pages and "homeScreen" in screens, "the search finds what is there"
    assert pages | screens == set(PICTURES)


def test_every_picture_of_the_list_is_taken_by_a_test_and_shown():
    listed = set().union(OTHERS, *PICTURES.values())
    assert listed == {file.stem for file in FOLDER.glob("*.png")}
    shown = found_in(r"\(pictures/pages/([a-z-]+)\.png\)", [ROOT / "docs/pages.md"])
    assert listed == shown
    takes = r"^(?! *(?://|\*)).*\b(?:picture|windowPicture|keep|endsAs)\((.*)$"
    lines = found_in(takes, (ROOT / "web/tests").glob("*.mjs"))
    words = {word for line in lines for word in re.findall(r"[\"`]([a-z-]+)[\"`]", line)}
    endings = {f"shop-{outcome}" for outcome in ("cancelled", "expired", "refused") if outcome in words}
    assert listed <= words | endings, "taken by no browser test"
