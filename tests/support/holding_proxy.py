# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy on loopback that can hold an answer back: what a test needs to end a program right after it asked."""
import contextlib
import socket
import threading


class HoldingProxy:
    """Forwards connections to `target_port`. Once armed, it passes at most `budget` bytes of answers per connection and
    then keeps the rest; `held` is set when that happened."""

    def __init__(self):
        self.target_port = 0
        self.budget: int | None = None
        self.held = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, budget: int) -> None:
        self.held.clear()
        self.budget = budget

    def disarm(self) -> None:
        self.budget = None

    def drop(self) -> None:
        """Ends every connection that there is; new ones are taken."""
        for one in self.sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.sockets = []

    def close(self) -> None:
        for one in [self.listener, *self.sockets]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
            except OSError:
                client.close()  # the target is down: so is the proxy, for this one
                continue
            server.settimeout(None)
            self.sockets += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        passed = 0
        try:
            while chunk := source.recv(65536):
                if answers and self.budget is not None:
                    if passed + len(chunk) > self.budget:
                        self.held.set()
                        return  # the connection stays open: the asker waits
                    passed += len(chunk)
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return
