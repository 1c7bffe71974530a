"""The OpenAPI document and the gateway agree: schemathesis finds nothing."""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
PROGRAM = pathlib.Path(sys.executable).parent / "schemathesis"
# Every run draws the same examples, remembers none of an earlier one, and may be as slow as the machine makes it.
STEADY = ["--seed", "7", "--workers", "1", "--generation-database", "none", "--suppress-health-check", "too_slow",
          "--request-timeout", "300", "--no-color"]


def schemathesis(gateway, folder, *arguments):
    found = subprocess.run(
        [PROGRAM, "--config-file", str(HERE / "schemathesis.toml"), "run", gateway.url + "/openapi.json",
         "--max-examples", "40", *STEADY, *arguments],
        capture_output=True, text=True, cwd=folder)
    assert found.returncode == 0, found.stdout[found.stdout.find("FAILURES") :][:4000] + found.stderr[-2000:]
    assert gateway.is_well()
    return found.stdout


def test_schemathesis(gateway, tmp_path):
    # The last line counts test cases, those before it operations.
    assert int(re.findall(r"(\d+) passed", schemathesis(gateway, tmp_path))[-1]) > 500


def test_schemathesis_with_keys(start, new_key, tmp_path):
    key = new_key("alice")
    schemathesis(
        start("--keys", new_key.file), tmp_path, "--header", f"Authorization: Bearer {key}", "--max-examples", "10")


def test_the_document_lists_what_is_served_and_asks_for_a_key(start, files, new_key):
    key = new_key("alice")
    gateway = start("--keys", new_key.file, "--defence", "labels-only", "--allow-logits", models=[files[3], files[4]])
    assert gateway.error("/openapi.json")[0] == 401
    paths = gateway.json("/openapi.json", headers={"Authorization": f"Bearer {key}"})["paths"]
    # Of a generator and a language model, labels only hide the discriminator and the logits.
    assert {path for path in paths if path.startswith("/v1/") and "models" not in path} == {
        "/v1/decode", "/v1/sample", "/v1/completions"}


def test_it_would_find_something(start, tmp_path):
    """A document that promises too little is found out, so that finding nothing says something."""
    import json

    gateway = start()
    document = gateway.json("/openapi.json")
    document["servers"] = [{"url": gateway.url}]
    del document["paths"]["/v1/classify"]["post"]["responses"]["400"]
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    found = subprocess.run(
        [PROGRAM, "run", str(tmp_path / "openapi.json"), "--url", gateway.url, "--max-examples", "10", *STEADY,
         "--checks", "status_code_conformance", "--include-path", "/v1/classify"],
        capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode == 1 and "Undocumented status code" in found.stdout, found.stdout[-3000:]
