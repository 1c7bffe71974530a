"""The OpenAPI document and the gateway agree: schemathesis finds nothing."""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def schemathesis(gateway, *arguments):
    found = subprocess.run(
        [pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run",
         gateway.url + "/openapi.json", "--max-examples", "40", "--seed", "7", "--no-color", "--workers", "1",
         *arguments],
        capture_output=True, text=True, cwd="/tmp")
    assert found.returncode == 0, found.stdout[found.stdout.find("FAILURES") :][:4000] + found.stderr[-2000:]
    assert gateway.is_well()
    return found.stdout


def test_schemathesis(gateway):
    # The last line counts test cases, those before it operations.
    assert int(re.findall(r"(\d+) passed", schemathesis(gateway))[-1]) > 500


def test_schemathesis_with_keys(start, new_key):
    key = new_key("alice")
    schemathesis(
        start("--keys", new_key.file), "--header", f"Authorization: Bearer {key}", "--max-examples", "10")


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
        [pathlib.Path(sys.executable).parent / "schemathesis", "run", str(tmp_path / "openapi.json"), "--url",
         gateway.url, "--max-examples", "10", "--seed", "7", "--no-color", "--checks", "status_code_conformance",
         "--include-path", "/v1/classify"],
        capture_output=True, text=True, cwd="/tmp")
    assert found.returncode == 1 and "Undocumented status code" in found.stdout, found.stdout[-3000:]
