# SPDX-License-Identifier: Apache-2.0
"""The extension alone, in Chromium and Firefox ESR, with a stand-in for the mediator: what it finds, asks, shows, forgets."""
import pathlib
import subprocess

from browser import play_in_browser

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"


def test_the_extension_asks_starts_the_mediator_and_forgets(tmp_path):
    log, host = tmp_path / "heard", tmp_path / "host"
    log.touch()
    host.write_text(f'#!/bin/sh\nexec /usr/bin/python3 "{SUPPORT / "native_host.py"}" "{log}"\n', encoding="utf-8")
    host.chmod(0o755)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    play_in_browser("extension_in_browsers.mjs", {"folder": str(tmp_path), "host": str(host), "log": str(log),
                                                  "key": str(key), "certificate": str(certificate)})
