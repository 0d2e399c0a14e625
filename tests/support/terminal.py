# SPDX-License-Identifier: Apache-2.0
"""Plays the holder at the wallet's screen, by what its page calls."""
import http.client
import json
import threading

TEMPORARY = {"unavailable", "rate_limited", "home_unreachable", "clock_skew", "gone", "storage_full"}
MOST_TRIES = 3


class Problem(Exception):
    """The wallet said no; `code` names why."""

    def __init__(self, code: str, detail: str):
        super().__init__(f"{code}: {detail}")
        self.code = code


class Screen:
    """A session of the wallet's screen, opened by the address that the wallet printed."""

    def __init__(self, address: str):
        self.origin, _, token = address.partition("/#")
        self.headers = {"Origin": self.origin}
        answer, headers = self._ask("POST", "/api/session", token)
        self.headers |= {"Cookie": headers["Set-Cookie"].split(";")[0], "Countersign-Key": json.loads(answer)["key"]}

    def get(self, path: str) -> dict:
        return json.loads(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        return self._ask("GET", path)[0]

    def post(self, path: str, body=None) -> dict:
        """Lines of text, or an object."""
        is_lines = isinstance(body, list)
        text = "\n".join(body) if is_lines else json.dumps(body or {})
        return json.loads(self._ask("POST", path, text, "text/plain" if is_lines else "application/json")[0])

    def purchase(self, seen: int = 0) -> tuple[int, dict | None]:
        """What came from a PC, as soon as it is another than at `seen`; 0 is now."""
        answer = self.get(f"/api/incoming?seen={seen}")
        return answer["version"], answer["purchase"]

    def approve(self, purchase: dict, pin: str, means: str) -> None:
        fields = " ".join(field["name"] for field in purchase["question"]["fields"] if field["held"])
        self.post(f"/api/incoming/{purchase['id']}/approve", [pin, fields, means, purchase["code"], str(purchase["question"]["number"])])

    def refuse(self, purchase: dict) -> None:
        self.post(f"/api/incoming/{purchase['id']}/refuse")

    def leave_out(self, purchase: dict, gateway: str) -> None:
        self.post(f"/api/incoming/{purchase['id']}/leave-out", {"gateway": gateway})

    def dismiss(self, purchase: dict) -> None:
        self.post(f"/api/incoming/{purchase['id']}/dismiss")

    def _ask(self, method: str, path: str, body: str | None = None, media: str = "text/plain"):
        connection = http.client.HTTPConnection(self.origin.removeprefix("http://"), timeout=120)
        try:
            connection.request(method, path, body and body.encode(), {**self.headers, "Content-Type": media})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            problem = json.loads(content)
            raise Problem(problem["code"], problem.get("detail", ""))
        return content, answer.headers


class Holder:
    """Answers the screen for as long as the test runs: approves what is asked; what fails for now is approved again, and
    after a few tries, or when it fails for good, refused, as all is where it `refuses`, and what waits for a last look that
    nobody takes. Merchants can be left out. Ends are kept and dismissed."""

    def __init__(self, screen: Screen, pin: str, *means: str):
        self.screen, self.pin = screen, pin
        self.changed = threading.Condition()  # guards what follows
        self.means: list[str] = list(means)  # for what is asked before the first purchase begins
        self.asked = lambda purchase: True
        self.refuses = False
        self.leaves_out: set[str] = set()
        self.leaves_when = ""
        self.problems: list[str] = []
        self.end: dict | None = None
        self.shown: dict | None = None
        self.failure: Exception | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def begin(self, *means: str, leaves_out=(), when: str = "asked", asked=lambda purchase: True) -> None:
        """Before a purchase: what to pay it with, at first and then after each decline; the gateways of the merchants to leave
        out, when the purchase is in that state; and what is called with each question: whether to answer it."""
        with self.changed:
            self._check(self.changed.wait_for(lambda: self.failure or not self.shown, 90))
            self.means, self.leaves_out, self.leaves_when = list(means), set(leaves_out), when
            self.asked, self.problems, self.end = asked, [], None

    def wait_end(self, seconds: float = 90.0) -> dict:
        """How the purchase ended on the screen, once it did."""
        with self.changed:
            self._check(self.changed.wait_for(lambda: self.failure or self.end, seconds))
            return self.end

    def _check(self, in_time) -> None:
        if self.failure:
            raise self.failure
        if not in_time:
            raise TimeoutError(f"the terminal still shows {self.shown}, after {self.problems}")

    def _run(self) -> None:
        version = 0
        try:
            while True:
                seen, (version, purchase) = version, self.screen.purchase(version)
                if purchase and seen == version and purchase["state"] == "review":
                    self.screen.refuse(purchase)
                    continue
                with self.changed:
                    self.shown = purchase
                    self.changed.notify_all()
                if purchase:
                    self._answer(purchase)
        except (ConnectionError, http.client.HTTPException) as failure:
            self._fail(failure)  # the wallet has ended
        except Exception as failure:  # pylint: disable=broad-except
            self._fail(failure)

    def _fail(self, failure: Exception) -> None:
        with self.changed:
            self.failure = failure
            self.changed.notify_all()

    def _answer(self, purchase: dict) -> None:
        unwanted = [section["gateway"] for section in purchase["sections"]
                    if not section["end"] and section["gateway"] in self.leaves_out]
        try:
            if purchase["state"] == "ended":
                with self.changed:
                    self.end = purchase["end"]
                self.screen.dismiss(purchase)
            elif unwanted and purchase["state"] == self.leaves_when:
                self.screen.leave_out(purchase, unwanted[0])
            elif purchase["state"] == "asked" and self.asked(purchase):
                gives_up = self.refuses or len(self.problems) >= MOST_TRIES or any(code not in TEMPORARY for code in self.problems)
                if gives_up:
                    self.screen.refuse(purchase)
                else:
                    self.screen.approve(purchase, self.pin, self.means.pop(0) if len(self.means) > 1 else self.means[0])
        except Problem as problem:
            with self.changed:
                self.problems.append(problem.code)
