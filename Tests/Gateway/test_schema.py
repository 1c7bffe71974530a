"""The OpenAPI document and the gateway agree: schemathesis finds nothing."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def test_schemathesis(gateway):
    found = subprocess.run(
        [pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run",
         gateway.url + "/openapi.json", "--max-examples", "40", "--seed", "7", "--no-color", "--workers", "1"],
        capture_output=True, text=True, cwd="/tmp")
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
    assert gateway.is_well()
