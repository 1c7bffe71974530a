"""A gateway does not outlive the program that started it for itself."""

import os
import pathlib
import signal
import subprocess

from conftest import PENUMBRA, Gateway, wait_until


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def runs(pid):
    """Whether a process runs: one that has ended and waits for somebody to ask for its code does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_killing_the_parent_ends_the_gateway(tmp_path):
    """`penumbra bench gateway` starts one as `penumbra run` does; kill -9 leaves it no time to tell it anything."""
    log = open(tmp_path / "log", "w")
    parent = subprocess.Popen(
        [PENUMBRA, "bench", "gateway", "--requests", "1000000"], stdout=log, stderr=log, env={**os.environ})

    def gateway():
        for child in children(parent.pid):
            if "penumbra-gateway" in pathlib.Path(f"/proc/{child}/cmdline").read_text():
                return child
        return None

    try:
        wait_until(lambda: gateway() or parent.poll() is not None, seconds=120)
        child = gateway()
        assert child and parent.poll() is None, (tmp_path / "log").read_text()
        assert "--while-stdin-open" in pathlib.Path(f"/proc/{child}/cmdline").read_text()
        parent.kill()
        parent.wait()
        wait_until(lambda: not runs(child), seconds=90)
    finally:
        if parent.poll() is None:
            parent.kill()


def test_the_end_of_standard_input_is_as_sigterm(files, tmp_path):
    gateway = subprocess.Popen(
        [str(pathlib.Path(PENUMBRA).parent / "penumbra-gateway"), str(files[0]), "--while-stdin-open", "--report",
         str(tmp_path / "report.json")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert gateway.stdout.readline().startswith("listening on ")
    gateway.stdin.close()
    assert gateway.wait(timeout=60) == 0
    assert (tmp_path / "report.json").exists()


def test_without_the_flag_it_goes_on(files):
    gateway = Gateway([files[0]])
    try:
        assert gateway.is_well()
    finally:
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(timeout=40) == 0
