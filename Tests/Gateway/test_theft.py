"""Runs that steal a model: over the real gateway they find what they find in one process, and outlive its end."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

from conftest import PENUMBRA, wait_until

HERE = pathlib.Path(__file__).parent
PLACES = ["victims.0.attacks.0", "victims.1.attacks.0", "victims.1.attacks.1"]


class Runs:
    """Runs of the spec in stores of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()

    def start(self, name, over, **environment):
        settings = [word for place in PLACES for word in ("--set", f"{place}.service.over={over}")]
        return subprocess.Popen(
            [PENUMBRA, "run", str(HERE / "theft.yaml"), "--runs", str(self.folder / name), "--workers", "1", *settings],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HERE.parent.parent,
            env={**os.environ, "TMPDIR": str(self.temporary), **environment})

    def run(self, name, over, **environment):
        """Returns (exit code, lines on standard error)."""
        process = self.start(name, over, **environment)
        _, errors = process.communicate(timeout=300)
        return process.returncode, errors.splitlines()

    def file(self, name, which="findings.json"):
        return (self.folder / name / "theft" / which).read_text()

    def left_behind(self):
        return list(self.temporary.iterdir())


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    runs = Runs(tmp_path_factory.mktemp("theft"))
    for over in ["process", "http"]:
        code, errors = runs.run(over, over)
        assert code == 0, errors
    return runs


def stages(lines, verb):
    """The stages to which something happened, such as "finished"."""
    words = [line.split() for line in lines if line.startswith("[")]
    return [line[line.index(verb) + 1] for line in words if verb in line[:-1]]


def test_over_http_the_same_is_found(runs):
    inside, outside = runs.file("process"), runs.file("http")
    assert inside.count("asked in its own process") == outside.count("asked over HTTP") == len(PLACES)
    assert "asked over HTTP" not in inside and "asked in its own process" not in outside
    # The spec's hash names the transport too.
    hashes = [json.loads(text)["spec"] for text in (inside, outside)]
    assert hashes[0] != hashes[1]
    assert outside.replace("asked over HTTP", "asked in its own process").replace(hashes[1], hashes[0]) == inside
    assert runs.file("http", "exhibits.json") == runs.file("process", "exhibits.json")


def test_what_was_stolen(runs):
    rows = {row["id"]: row for row in json.loads(runs.file("http"))["rows"]}
    assert {"classifier/knock-off", "gpt/logit-svd", "gpt/logit-svd-top-k"} <= set(rows)
    measures = {measure["name"]: measure["value"] for measure in rows["classifier/knock-off"]["measures"]}
    assert measures["price at 180 queries"] == pytest.approx(0.27)
    assert measures["agreement at 180 queries"] > measures["agreement of an untrained student"]
    assert 100 < measures["queries to detection by prada=0.999"] <= 180
    assert rows["classifier/knock-off"]["queries"] == 180
    assert "area that came with the clone" in measures


def test_no_file_of_a_gateway_is_left(runs):
    assert runs.left_behind() == []


def test_a_gateway_that_dies_in_the_middle(runs, tmp_path):
    gateway = os.environ.get("PENUMBRA_GATEWAY") or str(pathlib.Path(PENUMBRA).parent / "penumbra-gateway")
    log = tmp_path / "log"
    wrapper = tmp_path / "gateway"
    wrapper.write_text(f"#!/bin/sh\necho $$ > '{tmp_path}/pid'\nexec '{gateway}' \"$@\" 2> '{log}'\n")
    wrapper.chmod(0o755)
    process = runs.start("killed", "http", PENUMBRA_GATEWAY=str(wrapper))
    # The classifier is asked 60 times, with a training in between.
    wait_until(lambda: process.poll() is not None or log.exists() and log.read_text().count("/v1/classify") >= 2, 120)
    assert process.poll() is None, "it was over before its gateway was killed"
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    output, errors = process.communicate(timeout=300)
    lines = errors.splitlines()
    killed = "attack/classifier/knock-off"
    assert process.returncode == 1 and output == "", errors
    assert lines[-1].startswith("penumbra: ") and f" {killed}: " in lines[-1], errors
    assert "expected an answer of http://127.0.0.1:" in lines[-1] and lines[-1].endswith("so run again"), errors
    assert len(lines[-1]) < 400, errors
    assert sum("penumbra:" in line for line in lines) == 1 and not (runs.folder / "killed" / "theft").exists()
    # All else was finished, as each theft has a gateway of its own; what was finished is kept.
    finished = stages(lines, "finished")
    assert "victim/classifier" in finished and killed not in finished
    assert {"attack/gpt/logit-svd", "attack/gpt/logit-svd-top-k"} <= set(finished)
    code, again = runs.run("killed", "http")
    assert code == 0, again
    assert stages(again, "finished") == [killed] and set(stages(again, "reused")) == set(finished)
    assert runs.file("killed") == runs.file("http")
    assert runs.left_behind() == []


def test_without_a_gateway_nothing_is_begun(runs):
    code, lines = runs.run("missing", "http", PENUMBRA_GATEWAY="/nowhere/gateway")
    assert code == 2 and len(lines) == 1 and "make gateway" in lines[0], lines
    assert not list((runs.folder / "missing").rglob("DONE"))
    # What is in the store needs no gateway.
    code, lines = runs.run("http", "http", PENUMBRA_GATEWAY="/nowhere/gateway")
    assert code == 0, lines
