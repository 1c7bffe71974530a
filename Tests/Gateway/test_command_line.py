"""How the program begins: one line each, and an exit code."""

import os
import subprocess

import pytest


def run(*arguments, **environment):
    return subprocess.run(
        [os.environ["PENUMBRA"], "serve", *map(str, arguments)], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment})


@pytest.mark.parametrize("arguments,says", [
    ([], "models"), (["/nowhere/model"], "found no such file"), ([__file__], "no checkpoint"),
    (["a b=/nowhere"], "NAME=FILE"), (["x", "--port", "70000"], "--port"), (["x", "--max-rows", "0"], "--max-rows"),
    (["x", "--timeout", "0"], "--timeout"), (["x", "--queue", "0"], "--queue"), (["x", "--frob"], "--frob"),
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


def test_help():
    found = run("--help")
    assert found.returncode == 0 and "USAGE: penumbra-gateway" in found.stdout


def test_names(start, files):
    gateway = start(models=[f"first={files[0]}", f"second={files[0]}"])
    assert [model["id"] for model in gateway.json("/v1/models")["data"]] == ["first", "second"]
