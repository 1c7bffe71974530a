"""How the program begins: one line each, and an exit code."""

import os
import subprocess
import sys

import pytest


def run(*arguments, **environment):
    return subprocess.run(
        [os.environ["PENUMBRA"], "serve", *map(str, arguments)], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment})


@pytest.mark.parametrize("arguments,says", [
    ([], "models"), (["/nowhere/model"], "found no such file"), ([__file__], "no checkpoint"),
    (["a b=/nowhere"], "NAME=FILE"), (["x", "--port", "70000"], "--port"), (["x", "--max-rows", "0"], "--max-rows"),
    (["x", "--max-body", "100", "--body-memory", "99"], "--body-memory"), (["x", "--timeout", "0"], "--timeout"), (["x", "--queue", "0"], "--queue"), (["x", "--frob"], "--frob"),
])
def test_bad_input(arguments, says):
    found = run(*arguments)
    assert found.returncode == 2 and found.stdout == "" and found.stderr.count("\n") == 1 and says in found.stderr


def test_two_models_of_one_name(files):
    found = run(files[0], files[0])
    assert found.returncode == 2 and "NAME=FILE" in found.stderr


def test_port_that_is_taken(files, gateway):
    found = run(files[0], "--port", gateway.port)
    assert found.returncode == 1 and found.stderr.count("\n") == 1 and str(gateway.port) in found.stderr


def test_no_gateway():
    found = run("x", PENUMBRA_GATEWAY="/nowhere/gateway")
    assert found.returncode == 2 and found.stderr.count("\n") == 1 and "make gateway" in found.stderr


def test_bench_loses_nothing():
    found = subprocess.run(
        [os.environ["PENUMBRA"], "bench", "gateway", "--requests", "120", "--connections", "16"], capture_output=True,
        text=True, timeout=900)
    assert found.returncode == 0, found.stderr
    header, ample, scarce = [line.split() for line in found.stdout.replace("right/s  median ms  p99 ms", "").splitlines()]
    assert ample[2:7] == ["120", "120", "0", "0", "0"]
    assert scarce[2] == "120" and scarce[4] == scarce[6] == "0" and int(scarce[3]) + int(scarce[5]) == 120
    assert int(scarce[3]) > 0 and int(scarce[5]) > 0


FAKE = '''#!{python}
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status):
        self.send_response(status)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def do_GET(self): self.answer(200)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(503)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening on http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
'''


def test_bench_fails_where_nothing_is_answered(tmp_path):
    gateway = tmp_path / "refuses-all"
    gateway.write_text(FAKE.replace("{python}", sys.executable))
    gateway.chmod(0o755)
    found = subprocess.run(
        [os.environ["PENUMBRA"], "bench", "gateway", "--requests", "20", "--connections", "4"], capture_output=True,
        text=True, timeout=120, env={**os.environ, "PENUMBRA_GATEWAY": str(gateway)})
    assert found.returncode == 3 and "expected right answers, found none" in found.stderr, found.stderr


def test_help():
    found = run("--help")
    assert found.returncode == 0 and "USAGE: penumbra-gateway" in found.stdout


def test_names(start, files):
    gateway = start(models=[f"first={files[0]}", f"second={files[0]}"])
    assert [model["id"] for model in gateway.json("/v1/models")["data"]] == ["first", "second"]
