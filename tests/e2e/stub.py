"""Two peers that know the truth: Stub, an engine whose answers and delays the test decides, and
Tap, a relay before the real engine that writes down what was asked.

Both listen on a unix socket and on loopback TCP, one thread a connection, and end with close().
"""

import os
import re
import socket
import tempfile
import threading
import time

HEAD_END = b"\r\n\r\n"
BUFFER = 65536


class Peer:
    wanted_port = 0  # any

    def __init__(self, directory):
        self.requests = []  # (method, target), in the order of their arrival
        self.failures = []
        self.lock = threading.Lock()
        self.open = True
        place = tempfile.mkdtemp(prefix="peer-", dir=directory)
        self.path = os.path.join(place, "engine.sock")
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(self.path)
        self.tcp = socket.socket(socket.AF_INET)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", self.wanted_port))
        self.port = self.tcp.getsockname()[1]
        for listener in (self.unix, self.tcp):
            listener.listen(128)
            threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    @property
    def unix_url(self):
        return f"unix://{self.path}"

    @property
    def tcp_url(self):
        return f"tcp://127.0.0.1:{self.port}"

    def accept(self, listener):
        while self.open:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(connection,), daemon=True).start()

    def guarded(self, connection):
        with connection:
            try:
                if connection.family == socket.AF_INET:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.serve(connection)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except OSError as error:
                if self.open:
                    self.failures.append(repr(error))

    def note(self, head):
        method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
        with self.lock:
            self.requests.append((method, target))
        return method, target

    def taken(self):
        """The requests so far, and forgets them."""
        with self.lock:
            result, self.requests = self.requests, []
        return result

    def close(self):
        self.open = False
        for listener in (self.unix, self.tcp):
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()


class Messages:
    """Finds the heads of the requests in a stream of bytes, whatever way it is cut."""

    def __init__(self):
        self.data = b""
        self.left = 0  # bytes of a body still to come
        self.chunked = False

    def feed(self, data):
        self.data += data
        while True:
            if self.left:
                used = min(self.left, len(self.data))
                self.data, self.left = self.data[used:], self.left - used
                if self.left:
                    return
            if self.chunked:
                size, found, rest = self.data.partition(b"\r\n")
                if not found:
                    return
                length = int(size.split(b";")[0], 16)
                self.data, self.left = rest, length + 2
                self.chunked = length > 0
                continue
            head, found, rest = self.data.partition(HEAD_END)
            if not found:
                return
            self.data = rest
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self.left = int(length[1]) if length else 0
            self.chunked = bool(re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head))
            yield head


class Tap(Peer):
    def __init__(self, directory, engine_url):
        self.engine = engine_url[len("unix://"):]
        super().__init__(directory)

    def serve(self, connection):
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self.engine)
            back = threading.Thread(target=self.relay, args=(engine, connection, None), daemon=True)
            back.start()
            self.relay(connection, engine, Messages())
            back.join()

    def relay(self, source, sink, messages):
        try:
            while data := source.recv(BUFFER):
                if messages:
                    for head in messages.feed(data):
                        self.note(head)
                        if re.search(rb"(?i)\r\nupgrade:", head):
                            messages = None
                            break
                sink.sendall(data)
        except OSError:
            pass
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Answer:
    """What a Stub says: `pieces` are (delay before it in seconds, bytes) of the body."""

    def __init__(self, body=b"OK", status="200 OK", delay=0.0, pieces=None, chunked=False,
                 headers=(), hijack=None):
        self.status, self.delay, self.chunked, self.hijack = status, delay, chunked, hijack
        self.pieces = pieces if pieces is not None else [(0, body)]
        self.headers = headers


class Stub(Peer):
    """Answers by `routes`: {(method, path without version and query): Answer}; else 404. The
    delay is waited out by spinning on the clock, so that it is never shorter and hardly longer;
    `times` says how long each really was: {(method, path): [(request read, answer begun, answer
    ended), ...]} in ns of the monotonic clock."""

    def __init__(self, directory, routes):
        self.routes = routes
        self.times = {}
        super().__init__(directory)

    def serve(self, connection):
        messages = Messages()
        while data := connection.recv(BUFFER):
            for head in messages.feed(data):
                method, target = self.note(head)
                path = re.sub(r"^/v\d+\.\d+(?=/)", "", target.split("?", 1)[0])
                answer = self.routes.get((method, path)) or \
                    Answer(b'{"message": "page not found"}', "404 Not Found")
                wait_for_body(connection, messages)
                arrived = time.monotonic_ns()
                begun = self.answer(connection, method, answer)
                if answer.hijack:
                    answer.hijack(connection)
                with self.lock:
                    self.times.setdefault((method, path), []).append(
                        (arrived, begun, time.monotonic_ns()))
                if answer.hijack:
                    return
                if re.search(rb"(?i)^[^\r]* HTTP/1\.0\r|\r\nconnection: *close", head + b"\r"):
                    return

    def answer(self, connection, method, answer):
        lines = [f"HTTP/1.1 {answer.status}", "Server: stub", *answer.headers]
        if answer.hijack:
            lines += ["Connection: Upgrade", "Upgrade: tcp"]
        elif answer.chunked:
            lines += ["Transfer-Encoding: chunked"]
        else:
            lines += [f"Content-Length: {sum(len(data) for _, data in answer.pieces)}"]
        wait(answer.delay)
        begun = time.monotonic_ns()
        connection.sendall("\r\n".join(lines).encode() + HEAD_END)
        if answer.hijack or method == "HEAD":
            return begun
        for delay, data in answer.pieces:
            wait(delay)
            connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if answer.chunked else data)
        if answer.chunked:
            connection.sendall(b"0\r\n\r\n")
        return begun


def wait_for_body(connection, messages):
    """Reads the rest of a request before it is answered; the next head stays unread."""
    for _ in messages.feed(b""):
        raise AssertionError("pipelined requests are not for this stub")
    while messages.left or messages.chunked:
        data = connection.recv(BUFFER)
        if not data:
            return
        for _ in messages.feed(data):
            raise AssertionError("pipelined requests are not for this stub")


def wait(seconds):
    if seconds <= 0:
        return
    end = time.monotonic() + seconds
    if seconds > 0.01:
        time.sleep(seconds - 0.005)
    while time.monotonic() < end:
        pass
