# SPDX-License-Identifier: Apache-2.0
"""The page of the demo's mail server: lists the mails of a Maildir and shows each as text and as HTML.

Mails are foreign content: their HTML stands in a sandboxed frame under a policy that loads and runs nothing.
"""
import email
import email.policy
import html
import json
import mailbox
import re
import threading
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SHOWN = 100
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; " \
              "frame-ancestors 'none'"
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; " \
              "sandbox allow-popups allow-popups-to-escape-sandbox"
STYLE = """
:root { color-scheme: light dark; --line: #d9dee5; --soft: #5b6675; --paper: #fff; --ground: #f3f5f8; --ink: #17202b;
        --mark: #1d5fbf; }
@media (prefers-color-scheme: dark) {
  :root { --line: #333c48; --soft: #9aa7b6; --paper: #1b222b; --ground: #12171d; --ink: #e8edf3; --mark: #7db1ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, "Noto Sans CJK KR", "Noto Sans KR", sans-serif; background: var(--ground);
       color: var(--ink); }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.35rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
a { color: var(--mark); }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; border-radius: .3rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .8rem; overflow: hidden; }
ul { list-style: none; margin: 0; padding: 0; }
li + li { border-top: 1px solid var(--line); }
li a { display: block; padding: .9rem 1.1rem; text-decoration: none; color: inherit; }
li a:hover { background: var(--ground); }
.subject { font-weight: 600; overflow-wrap: anywhere; }
.soft, time { color: var(--soft); font-size: .9rem; }
.row { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: 0; padding: 1rem 1.1rem;
     border-bottom: 1px solid var(--line); }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
h2 { font-size: .95rem; color: var(--soft); margin: 0; padding: .8rem 1.1rem 0; }
pre { margin: 0; padding: .6rem 1.1rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere;
      font: .95rem/1.5 ui-monospace, "Noto Sans Mono CJK KR", monospace; }
iframe { display: block; width: 100%; height: 32rem; border: 0; border-top: 1px solid var(--line); background: #fff;
         margin-top: .6rem; }
.empty { padding: 2.5rem 1rem; text-align: center; color: var(--soft); }
"""
WORDS = {
    "en": {"mails": "Mails", "none": "No mail has arrived yet. This page looks again every few seconds.", "from": "From",
           "to": "To", "date": "Date", "subject": "Subject", "text": "Text", "html": "HTML", "back": "All mails",
           "source": "Source", "missing": "There is no such page.", "nothing": "(without subject)"},
    "ko": {"mails": "받은 메일", "none": "아직 도착한 메일이 없습니다. 이 페이지는 몇 초마다 다시 확인합니다.", "from": "보낸 사람",
           "to": "받는 사람", "date": "날짜", "subject": "제목", "text": "텍스트", "html": "HTML", "back": "모든 메일",
           "source": "원본", "missing": "그런 페이지가 없습니다.", "nothing": "(제목 없음)"},
}


def arrival(key: str) -> tuple[int, int]:
    """Seconds and microseconds of a Maildir key ("1795309459.M159127P30937Q1.host")."""
    match = re.match(r"(\d+)\.M(\d+)", key)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def page(language: str, title: str, body: str, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">{again}'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title>'
            f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>")


def linked(text: str) -> str:
    """Text as HTML, its http(s) addresses as links."""
    parts = re.split(r"(https?://[^\s<>\"']+)", text)
    return "".join(
        f'<a href="{html.escape(part)}" target="_blank" rel="noopener noreferrer">{html.escape(part)}</a>'
        if index % 2 else html.escape(part) for index, part in enumerate(parts))


def body_of(message, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""


def summary(key: str, message) -> dict[str, str]:
    try:
        date = parsedate_to_datetime(str(message["date"])).strftime("%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        date = ""
    return {"id": key, "from": str(message["from"] or ""), "to": str(message["to"] or ""),
            "subject": str(message["subject"] or ""), "date": date}


class Mails:
    """The newest mails of a Maildir, read anew for each request."""

    def __init__(self, folder: Path):
        self.folder = folder

    def source(self, key: str) -> bytes | None:
        box = mailbox.Maildir(self.folder, create=True)
        return box.get_bytes(key) if key in box else None

    def message(self, key: str):
        source = self.source(key)
        return None if source is None else email.message_from_bytes(source, policy=email.policy.default)

    def newest(self) -> list[dict[str, str]]:
        box = mailbox.Maildir(self.folder, create=True)
        keys = sorted(box.keys(), key=arrival, reverse=True)[:SHOWN]
        return [summary(key, email.message_from_bytes(box.get_bytes(key), policy=email.policy.default))
                for key in keys]


class Pages(BaseHTTPRequestHandler):
    mails: Mails
    timeout = 10
    server_version, sys_version = "mails", ""

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            return self.answer(421, "text/plain", "wrong host\n", PAGE_POLICY)
        korean = "ko" in self.headers.get("Accept-Language", "").split(",")[0]
        language = "ko" if korean else "en"
        path = self.path.split("?")[0]
        if path == "/":
            return self.answer(200, "text/html", self.list_page(language), PAGE_POLICY)
        if path == "/api/mails":
            return self.answer(200, "application/json", json.dumps(self.mails.newest()), PAGE_POLICY)
        if match := re.fullmatch(r"/mail/([A-Za-z0-9._=,:-]+)(/html|/source)?", path):
            return self.mail(language, match[1], match[2])
        return self.not_found(language)

    def mail(self, language: str, key: str, form: str | None) -> None:
        message = self.mails.message(key)
        if message is None:
            return self.not_found(language)
        if form == "/html":
            return self.answer(200, "text/html", '<base target="_blank">' + body_of(message, "html"), MAIL_POLICY)
        if form == "/source":
            return self.answer(200, "text/plain", self.mails.source(key), PAGE_POLICY)
        return self.answer(200, "text/html", self.mail_page(language, key, message), PAGE_POLICY)

    def list_page(self, language: str) -> str:
        words = WORDS[language]
        items = "".join(
            f'<li><a href="/mail/{mail["id"]}"><div class="subject">{html.escape(mail["subject"] or words["nothing"])}'
            f'</div><div class="row soft"><span>{html.escape(mail["from"])} → {html.escape(mail["to"])}</span>'
            f'<time>{mail["date"]}</time></div></a></li>' for mail in self.mails.newest())
        inside = f"<ul>{items}</ul>" if items else f'<p class="empty">{words["none"]}</p>'
        return page(language, words["mails"], f'<h1>{words["mails"]}</h1><div class="card">{inside}</div>', True)

    def mail_page(self, language: str, key: str, message) -> str:
        words, mail = WORDS[language], summary(key, message)
        subject = mail["subject"] or words["nothing"]
        header = "".join(f"<dt>{words[name]}</dt><dd>{html.escape(mail[name])}</dd>" for name in ("from", "to", "date"))
        text, markup = body_of(message, "plain"), body_of(message, "html")
        shown = ""
        if text:
            shown += f'<h2 id="text">{words["text"]}</h2><pre tabindex="0" aria-labelledby="text">{linked(text)}</pre>'
        if markup:
            shown += (f'<h2>{words["html"]}</h2><iframe src="/mail/{key}/html" title="{words["html"]}" '
                      'sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>')
        body = (f'<p class="row"><a href="/">← {words["back"]}</a><a href="/mail/{key}/source">{words["source"]}</a></p>'
                f'<h1>{html.escape(subject)}</h1><div class="card"><dl>{header}</dl>{shown}</div>')
        return page(language, subject, body)

    def not_found(self, language: str) -> None:
        words = WORDS[language]
        body = f'<h1>{words["missing"]}</h1><p><a href="/">← {words["back"]}</a></p>'
        self.answer(404, "text/html", page(language, words["missing"], body), PAGE_POLICY)

    def answer(self, status: int, kind: str, content: str | bytes, policy: str) -> None:
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def serve_pages(maildir: Path, port: int) -> ThreadingHTTPServer:
    """Serves the pages from a thread; port 0 takes any free one."""
    handler = type("BoundPages", (Pages,), {"mails": Mails(maildir)})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
