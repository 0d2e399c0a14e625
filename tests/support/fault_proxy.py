# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy on loopback that knows TLS records as messages: it keeps what it carries and plays a fault at one of them."""
import contextlib
import socket
import threading

HEADER = 5  # octets before a TLS record's content (RFC 8446 §5.1); the last two are its length
FAULTS = ("cut", "truncated", "flipped", "dropped", "doubled", "swapped", "mirrored", "held")


class _Ended(Exception):
    """The fault ended this connection."""


class _Connection:
    """One connection through the proxy, a thread for each direction."""

    def __init__(self, proxy: "FaultProxy", client: socket.socket, server: socket.socket):
        self.proxy, self.client, self.server = proxy, client, server
        self.asked = b""  # what the client has said so far
        self.mirror: socket.socket | None = None
        self.is_held = threading.Event()
        self.directions = [threading.Thread(target=self._pump, args=way, daemon=True)
                           for way in ((client, server), (server, client))]
        for direction in self.directions:
            direction.start()

    def is_over(self) -> bool:
        return not any(direction.is_alive() for direction in self.directions)

    def end(self) -> None:
        for one in (self.client, self.server, *([self.mirror] if self.mirror else [])):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            reader, kept_back = _Records(source), b""
            while True:
                # A record that was kept back goes out behind the next one, or by itself when none follows.
                record = reader.next(0.2 if kept_back else None)
                if record is None:
                    self._send(sink, kept_back)
                    kept_back = b""
                    continue
                self.asked += record if source is self.client else b""
                fault = self.proxy.count(record, source is self.client)
                if fault == "swapped" and not kept_back:
                    kept_back = record
                    continue
                self._play(fault, sink, record)
                self._send(sink, kept_back)
                kept_back = b""
        except (OSError, EOFError, _Ended):
            if self.is_held.is_set():
                source.close()  # whoever else waits does not learn of it
            else:
                self.end()

    def _play(self, fault: str, sink: socket.socket, record: bytes) -> None:
        if fault == "cut":
            raise _Ended
        if fault == "truncated":
            self._send(sink, record[:max(1, len(record) // 2)])
            raise _Ended
        if fault == "held":
            self.is_held.set()
        if fault == "mirrored":
            self.mirror = self.proxy.connect()
            self.mirror.sendall(self.asked)
        if fault == "flipped":
            record = record[:-1] + bytes([record[-1] ^ 1])
        if fault != "dropped":
            self._send(sink, record * (2 if fault == "doubled" else 1))

    def _send(self, sink: socket.socket, octets: bytes) -> None:
        if octets and not self.is_held.is_set():
            sink.sendall(octets)


class _Records:
    """Cuts what a socket brings into TLS records; the end of the stream is EOFError."""

    def __init__(self, source: socket.socket):
        self.source, self.held = source, b""

    def next(self, seconds: float | None) -> bytes | None:
        """The next record; None when it does not come within the time."""
        while len(self.held) < HEADER or len(self.held) < HEADER + int.from_bytes(self.held[3:HEADER]):
            self.source.settimeout(seconds)
            try:
                chunk = self.source.recv(65536)
            except TimeoutError:
                return None
            finally:
                self.source.settimeout(None)
            if not chunk:
                raise EOFError
            self.held += chunk
        size = HEADER + int.from_bytes(self.held[3:HEADER])
        record, self.held = self.held[:size], self.held[size:]
        return record


class FaultProxy:
    """Forwards connections to `target_port`. `arm` begins to count messages, of all connections and both directions,
    and says what happens to which of them: cut (the connection ends), truncated (half of the message, then the end),
    flipped (a bit), dropped, doubled, swapped (with the next of its direction), mirrored (a second connection says what
    the client has said so far), held (nothing passes any more, and nobody is told)."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()  # guards what follows
        self.connections: list[_Connection] = []
        self.fault, self.at, self.counted = "", -1, 0
        self.kept: list[bytes] = []
        self.longest_asked = 0  # octets of the longest message of a client since it was armed
        self.opened = 0
        self.watch = lambda record: None  # called with each message before it goes on
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, fault: str = "", at: int = -1) -> None:
        """What the fault is, and the number of the message that it meets; without one everything is only counted."""
        with self.lock:
            self.fault, self.at, self.counted, self.kept, self.longest_asked = fault, at, 0, [], 0

    @property
    def has_struck(self) -> bool:
        return 0 <= self.at < self.counted

    def carried(self) -> bytes:
        """All that passed since it was armed."""
        with self.lock:
            return b"".join(self.kept)

    def count(self, record: bytes, is_asked: bool) -> str:
        """Takes note of a message; its fault, if this is the one."""
        self.watch(record)
        with self.lock:
            self.kept.append(record)
            self.longest_asked = max(self.longest_asked, len(record) if is_asked else 0)
            self.counted += 1
            return self.fault if self.counted - 1 == self.at else ""

    def connect(self) -> socket.socket:
        """A connection to the target, from another address each time: servers limit how often one may come."""
        self.opened += 1
        server = socket.create_connection(("127.0.0.1", self.target_port), 10, (f"127.0.0.{2 + self.opened % 250}", 0))
        server.settimeout(None)
        return server

    def is_idle(self) -> bool:
        """Whether all connections are over."""
        with self.lock:
            self.connections = [one for one in self.connections if not one.is_over()]
            return not self.connections

    def drop(self) -> None:
        """Ends every connection that there is; new ones are taken."""
        with self.lock:
            connections = list(self.connections)
        for one in connections:
            one.end()

    def close(self) -> None:
        self.listener.close()
        self.drop()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = self.connect()
            except OSError:
                client.close()  # the target is down: so is the proxy, for this one
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:  # what is over is let go, and its sockets with it
                self.connections = [one for one in self.connections if not one.is_over()]
                self.connections.append(_Connection(self, client, server))
