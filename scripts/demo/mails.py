# SPDX-License-Identifier: Apache-2.0
"""What stands in the mails of an authority."""
import email
import email.policy
import pathlib
import re


def text_of_mail(mail: pathlib.Path) -> str:
    """The text part of a mail."""
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    return message.get_body(("plain",)).get_content()


def password_of(mail: pathlib.Path) -> str:
    """The password in a mail, a line of groups in its text part; empty when there is none."""
    found = re.search(r"^\s*([0-9A-Z]{4}(?:-[0-9A-Z]{4}){4,})\s*$", text_of_mail(mail), re.MULTILINE)
    return found.group(1) if found else ""
