"""Bodies that no route reads, and all bodies together: neither may keep others out."""

import http.client
import json
import socket
import time

import pytest

CHUNKED = b"Host: x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
BIT = b"1\r\n1\r\n"


def begin(gateway, line, kind=b"application/json"):
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    connection.sendall(line + b" HTTP/1.1\r\n" + CHUNKED % kind + BIT)
    return connection


def head_of(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        assert part, data
        data += part
    return data.split(b"\r\n\r\n")[0].lower()


def is_closed(connection):
    """Whether the other side hung up; what it still says is passed over."""
    connection.settimeout(0.01)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def drip(connection, data, patience):
    """Sends bytes one by one until the other side hangs up."""
    end = time.monotonic() + patience
    for place in range(10**6):
        if is_closed(connection):
            return
        assert time.monotonic() < end, "the connection is still open"
        try:
            connection.sendall(data[place % len(data) : place % len(data) + 1])
        except OSError:
            return
        time.sleep(0.1)


UNREAD = [(b"GET /health", b"application/json", b" 200 "), (b"GET /v1/models", b"application/json", b" 200 "),
          (b"POST /v1/nothing", b"application/json", b" 404 "), (b"POST /health", b"application/json", b" 405 "),
          (b"POST /v1/completions", b"text/plain", b" 415 ")]


@pytest.mark.parametrize("line,kind,status", UNREAD)
def test_a_body_that_is_not_read_ends_its_connection(gateway, line, kind, status):
    connection = begin(gateway, line, kind)
    head = head_of(connection)
    assert status in head.splitlines()[0] + b" " and b"\r\nconnection: close" in head
    drip(connection, BIT, 15)


def test_without_a_key_neither(start, new_key):
    new_key("alice")
    gateway = start("--keys", new_key.file)
    connection = begin(gateway, b"POST /v1/completions")
    head = head_of(connection)
    assert b" 401 " in head.splitlines()[0] + b" " and b"\r\nconnection: close" in head
    drip(connection, BIT, 15)


def test_little_of_a_flood_is_taken(gateway):
    """After the answer at most as much as one body may have is thrown away, and what the system's buffers hold."""
    connection = begin(gateway, b"GET /health")
    connection.settimeout(20)
    chunk, taken = b"100000\r\n" + b"1" * (1 << 20) + b"\r\n", 0
    try:
        while taken < 200:
            connection.sendall(chunk)
            taken += 1
    except OSError:
        pass
    assert taken < 60, f"{taken} MiB were taken"
    assert gateway.is_well()


def test_what_is_read_keeps_its_connection(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    body = json.dumps({"model": "gpt", "prompt": "The", "max_tokens": 1})
    kept = None
    for method, path, data in [("GET", "/health", None), ("POST", "/v1/completions", body), ("GET", "/nowhere", None),
                               ("POST", "/v1/completions", "{"), ("GET", "/health", "")]:
        connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("Connection") is None
        kept = kept or connection.sock
        assert connection.sock is kept


def test_a_second_head_must_come_in_time(start):
    """One good request does not buy a connection on which a head may come byte by byte."""
    gateway = start("--timeout", 1)
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 200 " in head_of(connection)
    drip(connection, b"GET /health HTTP/1.1\r\nA: " + b"a" * 1000, 10)


def test_bodies_are_bounded_together(start):
    gateway = start("--max-body", 1_000_000, "--body-memory", 1_500_000, "--timeout", 60)
    head = (b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")

    def send(count):
        connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        connection.sendall(head + b" " * count)
        return connection

    # What is announced takes nothing.
    announced = [send(0) for _ in range(10)]
    one, other = send(900_000), send(900_000)
    # One of the two finds no room; which one depends on whose bytes come first.
    one.setblocking(False)
    other.setblocking(False)
    told, end = None, time.monotonic() + 20
    while told is None:
        assert time.monotonic() < end, "both fit"
        for connection in (one, other):
            try:
                told = connection.recv(65536)
                refused = connection
                break
            except BlockingIOError:
                time.sleep(0.01)
    assert told.startswith(b"HTTP/1.1 503") and b"Retry-After: 1\r\n" in told
    assert b"1500000 bytes" in told
    # What is small still fits, and what was given up is free again.
    assert gateway.json("/v1/sample", {"model": "vae", "count": 1})["usage"]["queries"] == 1
    (one if refused is other else other).close()
    status, error = 503, None
    while status == 503:
        assert time.monotonic() < end, "nothing was given back"
        status, error = gateway.error("/v1/classify", b" " * 990_000)
    assert status == 400, error
    for connection in (*announced, refused):
        connection.close()
