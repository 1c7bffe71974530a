"""Tiny models, trained by the real program, and gateways that serve them on ports which the system chooses."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time
import urllib.request

import pytest

HERE = pathlib.Path(__file__).parent
PENUMBRA = os.environ["PENUMBRA"]
MODELS = ["classifier", "autoencoder", "vae", "gan", "gpt"]


class Gateway:
    """A running `penumbra serve`."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(
            [PENUMBRA, "serve", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.reader.start()
        first = queue.Queue()
        threading.Thread(target=lambda: first.put(self.process.stdout.readline()), daemon=True).start()
        line = first.get(timeout=300)
        assert line.startswith("listening on http://127.0.0.1:"), (line, self.lines)
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def ask(self, path, body=None, headers=None, method=None):
        """Returns (status, headers, body as bytes)."""
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def json(self, path, body=None, headers=None):
        status, _, data = self.ask(path, body, headers)
        assert status == 200, (status, data)
        return json.loads(data)

    def error(self, path, body=None, headers=None, method=None):
        """Returns (status, the error) of a request that must be refused as every refusal is written."""
        status, _, data = self.ask(path, body, headers, method)
        error = json.loads(data)["error"]
        assert status >= 400 and error["message"] and error["type"] and "\n" not in error["message"]
        return status, error

    def access_log(self):
        return [json.loads(line) for line in list(self.lines)]

    def is_well(self):
        return self.process.poll() is None and self.json("/ready") == {"status": "ready"}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=120)
        finally:
            self.process.kill()
            self.reader.join(timeout=5)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for model in MODELS:
        subprocess.run(
            [PENUMBRA, "train", str(HERE / "models.yaml"), "--victim", model, "--runs", str(folder / "runs"), "--out",
             str(folder / f"{model}.safetensors")],
            check=True, cwd=HERE.parent.parent, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def files(models):
    return [models / f"{model}.safetensors" for model in MODELS]


@pytest.fixture
def start(files):
    """Starts gateways that end with the test."""
    running = []

    def begin(*arguments, models=None):
        running.append(Gateway([*(models or files), *arguments]))
        return running[-1]

    yield begin
    for gateway in running:
        gateway.stop()


@pytest.fixture(scope="module")
def gateway(files):
    gateway = Gateway([*files, "--allow-logits", "--timeout", 3])
    yield gateway
    assert gateway.process.poll() is None, gateway.lines[-5:]
    assert gateway.stop() == 0


@pytest.fixture
def new_key(tmp_path):
    """Makes keys in one file."""

    def make(name, *limits):
        made = subprocess.run(
            [PENUMBRA, "keys", "new", name, "--file", str(make.file), *map(str, limits)],
            capture_output=True, text=True, check=True)
        return next(word for word in made.stdout.split() if word.startswith("pk-"))

    make.file = tmp_path / "keys"
    return make


def wait_until(condition, seconds=120):
    """Waits for what is sure to come; the time is only for the day when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
