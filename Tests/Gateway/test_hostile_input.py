"""What nobody should send: a clear error each, and the gateway still serves."""

import http.client
import json
import os
import resource
import signal
import socket
import struct
import threading

import pytest

from conftest import wait_until

GOOD = {"model": "gpt", "prompt": "The", "max_tokens": 4}


@pytest.fixture(autouse=True)
def still_serves(gateway):
    yield
    assert gateway.is_well()
    assert len(gateway.json("/v1/completions", GOOD)["choices"]) == 1


def connect(gateway):
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=300)


def everything(connection):
    """What comes until the other end hangs up, also where it does so with bytes of ours unread, which is a reset."""
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionError:
        pass
    return data


def told(data):
    """The status and the error of a raw answer."""
    head, body = data.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), json.loads(body)["error"]


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b"17", b'"text"', b'{"prompt": }', b'{"prompt": "a"} trailing', b"\xff\xfe\x00",
    b'{"prompt": NaN}', b'{"prompt": "a", "temperature": 1e999}', b"[" * 100000, b'{"a":' * 5000,
    b'{"prompt": {"text": "a"}}', b'{"prompt": ["a", 1]}', b'{"prompt": [[1], "a"]}', b'{"prompt": [1.5]}',
    b'{"prompt": [99999999999999999999]}', b'{"prompt": "\\ud800"}',
])
def test_bad_json(gateway, body):
    assert gateway.error("/v1/completions", body)[0] == 400


def test_no_such_page_method_or_format(gateway):
    for path in ("/", "/v1", "/v1/complete", "/v1/models/a/b", "/%2e%2e/etc/passwd", "/v1/models/%00", "/v1/models/x?y"):
        assert gateway.error(path)[0] == 404
    assert gateway.error("/v1/models", method="BREW")[0] == 400
    for method in ("DELETE", "PUT", "PATCH", "OPTIONS"):
        status, headers, body = gateway.ask("/v1/models", method=method)
        assert status == 405 and headers["Allow"] == "GET" and json.loads(body)["error"]["message"]
    assert gateway.error("/v1/completions", method="GET")[0] == 405
    for kind in ("text/plain", "", "application/x-www-form-urlencoded"):
        assert gateway.error("/v1/completions", b"{}", {"Content-Type": kind})[0] == 415
    assert gateway.error("/v1/completions", b"{}", {"Content-Type": "application/safetensors"})[0] == 415
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=300)
    connection.request("HEAD", "/health")
    answer = connection.getresponse()
    assert answer.status == 405 and answer.read() == b""


def test_bodies_that_are_no_safetensors(gateway):
    kind = {"Content-Type": "application/safetensors"}
    header = json.dumps({"inputs": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 4]}}).encode()
    for body in (b"", b"\0" * 8, b"\xff" * 64, struct.pack("<Q", len(header)) + header + b"\0" * 4,
                 struct.pack("<Q", 2) + b"{}", b'{"inputs": [[1]]}'):
        assert gateway.error("/v1/classify", body, kind)[0] == 400


def test_huge_body_that_is_announced(gateway):
    connection = connect(gateway)
    connection.sendall(
        b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n")
    status, error = told(everything(connection))
    assert status == 413 and "16777216" in error["message"]


def test_huge_body_in_chunks(gateway):
    connection = connect(gateway)
    connection.sendall(
        b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b"1" * (1 << 20) + b"\r\n"
    try:
        for _ in range(24):
            connection.sendall(chunk)
    except OSError:
        pass  # The gateway may hang up as soon as it is too much.
    assert told(everything(connection))[0] == 413


def test_slow_clients(gateway):
    """Half a head, half a body, and a head byte by byte: each is told, and none is waited for."""
    head = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    silent, half_head, half_body = connect(gateway), connect(gateway), connect(gateway)
    half_head.sendall(head[:30])
    half_body.sendall(head + b'\r\n{"prompt": "The')
    drip = connect(gateway)
    drip.settimeout(0.2)
    answer = b""
    # The whole head would take 22 seconds, and they have three.
    for byte in head:
        try:
            drip.sendall(bytes([byte]))
        except ConnectionError:
            pass  # What it said before it hung up can still be read.
        try:
            answer = drip.recv(65536)
            break
        except TimeoutError:
            continue
    assert told(answer)[0] == 408
    for connection in (silent, half_head, half_body):
        assert told(everything(connection))[0] == 408


def test_what_is_no_http(gateway):
    for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100, b"HELO example\r\n\r\n",
                 b"GET /health HTTP/9.9\r\n\r\n", b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
                 b"GET /health HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200000 + b"\r\n\r\n"):
        connection = connect(gateway)
        try:
            connection.sendall(data)
        except ConnectionError:
            pass  # It hung up with bytes of ours unread.
        answer = everything(connection)
        assert answer and told(answer)[0] == 400, (data[:20], answer[:300])


def test_requests_in_a_row_on_one_connection(gateway):
    connection = connect(gateway)
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 20 + b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answers = everything(connection)
    assert answers.count(b"HTTP/1.1 200 OK") == 20 and answers.count(b"HTTP/1.1 404") == 1


def test_disconnect_in_mid_stream(gateway):
    body = json.dumps({"model": "gpt", "prompt": ["The"] * 200, "max_tokens": 20, "stream": True}).encode()
    head = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    for _ in range(20):
        connection = connect(gateway)
        connection.sendall(head % len(body) + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        # A reset rather than a farewell.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    for _ in range(20):
        connection = connect(gateway)
        connection.sendall(head % len(body) + body[:50])
        connection.close()


def test_a_thousand_connections(start):
    """All are held at once; each asks and is answered rightly."""
    # One with more patience than the others: the first connection waits until the last is there.
    gateway = start("--timeout", 600)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    expected = gateway.json("/v1/completions", {**GOOD, "temperature": 0})["choices"][0]["text"]
    body = json.dumps({**GOOD, "temperature": 0}).encode()
    request = (b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body)) + body
    connections = [connect(gateway) for _ in range(1000)]
    for connection in connections:
        connection.sendall(request)
    answered = refused = 0
    for connection in connections:
        status, _, data = everything(connection).partition(b"\r\n\r\n")
        if status.startswith(b"HTTP/1.1 200"):
            assert json.loads(data)["choices"][0]["text"] == expected
            answered += 1
        else:
            assert status.startswith(b"HTTP/1.1 503") and b"Retry-After: 1" in status, status
            assert json.loads(data)["error"]["code"] == "unavailable"
            refused += 1
        connection.close()
    assert answered + refused == 1000 and answered >= 256, (answered, refused)


def test_full_queue_is_told(start):
    """One request is served, and others are told to come back; none is lost."""
    gateway = start("--queue", 1)
    bulk = {"model": "gpt", "prompt": ["The"] * 1000, "max_tokens": 29}
    found = []

    def ask():
        status, headers, _ = gateway.ask("/v1/completions", bulk)
        found.append((status, headers.get("Retry-After")))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12 and (200, None) in found and (503, "1") in found
    assert {status for status, _ in found} == {200, 503}


def test_a_text_beyond_the_model_is_not_read(gateway):
    """More bytes than any text of the model has are refused before they are tokens; so are too many texts."""
    for prompt in ("a" * 15_000_000, ["The", "ab" * 5000], ["a"] * 5000):
        status, error = gateway.error("/v1/completions", {"model": "gpt", "prompt": prompt, "max_tokens": 1})
        assert status == 422 and error["param"] == "prompt" and "at most" in error["message"]
        assert "tokens of 4 bytes" in error["message"] or "5000" in error["message"]


def test_requests_in_flight_finish(start):
    gateway = start()
    bulk = {"model": "gpt", "prompt": ["The"] * 1000, "max_tokens": 29}
    answers = []
    asking = threading.Thread(target=lambda: answers.append(gateway.ask("/v1/completions", bulk)))
    asking.start()
    wait_until(lambda: b"penumbra_requests_in_flight 2" in gateway.ask("/metrics")[2])
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(timeout=120) == 0
    asking.join()
    assert answers[0][0] == 200 and len(json.loads(answers[0][2])["choices"]) == 1000
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", gateway.port), timeout=1)


def test_nobody_reads_the_log(files):
    """A full pipe costs lines, not answers."""
    import subprocess

    read, write = os.pipe()
    process = subprocess.Popen(
        [os.environ["PENUMBRA"], "serve", str(files[0])], stdout=subprocess.PIPE, stderr=write, text=True)
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    for _ in range(1500):
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b'{"status":"ok"}'
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0
    os.close(read)
    os.close(write)


def test_access_log(gateway):
    gateway.ask("/v1/completions", {**GOOD, "seed": 1}, {"Authorization": "Bearer pk-secret"})
    wait_until(lambda: any(line["path"] == "/v1/completions" for line in gateway.access_log()))
    line = [line for line in gateway.access_log() if line["path"] == "/v1/completions"][-1]
    assert (line["status"], line["method"], line["model"], line["tokens"]) == (200, "POST", "gpt", 7)
    assert not any("pk-secret" in line for line in gateway.lines)
