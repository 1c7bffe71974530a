"""Keys, budgets, rates, defences and monitors, as their callers see them."""

import json
import os
import socket
import subprocess
import time

import openai
import pytest

from conftest import wait_until

ROWS = [[0.0] * 784, [1.0] * 784]


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_wrong_key(start, new_key):
    key = new_key("alice")
    gateway = start("--keys", new_key.file)
    for wrong in ("pk-wrong", key[:-1], key + "0", key.upper()):
        client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=wrong, max_retries=0)
        with pytest.raises(openai.AuthenticationError) as caught:
            client.completions.create(model="gpt", prompt="The")
        assert caught.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0)
    assert client.completions.create(model="gpt", prompt="The", max_tokens=2).usage.completion_tokens == 2
    status, headers, _ = gateway.ask("/v1/models")
    assert status == 401 and headers["WWW-Authenticate"] == "Bearer"
    assert gateway.error("/v1/models", headers={"Authorization": "Basic " + key})[0] == 401
    assert gateway.is_well()
    assert key not in new_key.file.read_text() and not any(key in line for line in gateway.lines)
    wait_until(lambda: any(line.get("account") == "alice" for line in gateway.access_log()))
    assert all(line["path"] for line in gateway.access_log())


def test_budgets_are_per_key(start, new_key):
    rich, poor = new_key("rich"), new_key("poor", "--queries", 3)
    gateway = start("--keys", new_key.file, "--budget", 5)
    ask = lambda key: gateway.ask("/v1/classify", {"model": "classifier", "inputs": ROWS}, bearer(key))[0]
    assert [ask(poor), ask(poor)] == [200, 429]
    assert [ask(rich), ask(rich), ask(rich)] == [200, 200, 429]
    # A query that is refused is not charged, so that one more is left.
    status, error = gateway.error("/v1/classify", {"model": "classifier", "inputs": [[1.0]]}, bearer(poor))
    assert status == 400
    assert gateway.ask("/v1/classify", {"model": "classifier", "inputs": ROWS[:1]}, bearer(poor))[0] == 200
    status, error = gateway.error("/v1/classify", {"model": "classifier", "inputs": ROWS[:1]}, bearer(poor))
    assert status == 429 and error["code"] == error["type"] == "insufficient_quota"


def test_tokens_that_are_not_written_are_given_back(start):
    gateway = start("--token-budget", 40)
    whole = gateway.json("/v1/completions", {"model": "gpt", "prompt": "The", "max_tokens": 10, "seed": 1})
    text = whole["choices"][0]["text"]
    # 13 of 40 are spent. Stopping after two tokens costs 5 of the 23 that are asked for, so that 22 are left.
    stopped = {"model": "gpt", "prompt": "The", "max_tokens": 20, "seed": 1, "stop": text[:2]}
    assert gateway.json("/v1/completions", stopped)["usage"]["completion_tokens"] == 2
    assert gateway.error("/v1/completions", {"model": "gpt", "prompt": "The", "max_tokens": 20})[0] == 429
    assert gateway.ask("/v1/completions", {"model": "gpt", "prompt": "The", "max_tokens": 19})[0] == 200


def test_who_may_ask_nothing_is_told_before_his_long_body_is_decoded(start, new_key):
    poor, fast = new_key("poor", "--queries", 1), new_key("fast", "--rate", 0.001, "--burst", 1)
    gateway = start("--keys", new_key.file)
    broken = b"{" + b" " * 100_000
    for key, code in ((poor, "insufficient_quota"), (fast, "rate_limit_exceeded")):
        assert gateway.error("/v1/classify", broken, bearer(key))[0] == 400
        assert gateway.ask("/v1/classify", {"model": "classifier", "inputs": ROWS[:1]}, bearer(key))[0] == 200
        for path in ("/v1/classify", "/v1/completions", "/v1/sample"):
            status, error = gateway.error(path, broken, bearer(key))
            assert status == 429 and error["code"] == code


def used(key_file, name):
    listed = subprocess.run(
        [os.environ["PENUMBRA"], "keys", "list", "--file", str(key_file), "--json"], capture_output=True, text=True,
        check=True)
    return next(line["used"] for line in json.loads(listed.stdout) if line["name"] == name)


def test_a_killed_gateway_forgets_no_answer(start, files, new_key):
    key = new_key("alice", "--queries", 5)
    gateway = start("--keys", new_key.file, models=[files[0]])
    ask = lambda gateway: gateway.ask("/v1/classify", {"inputs": ROWS}, bearer(key))[0]
    assert [ask(gateway), ask(gateway)] == [200, 200]
    assert used(new_key.file, "alice") == {"queries": 4, "tokens": 0}
    # One ledger has one writer.
    second = subprocess.run(
        [os.environ["PENUMBRA"], "serve", str(files[0]), "--keys", str(new_key.file)], capture_output=True, text=True,
        timeout=60)
    assert second.returncode == 2 and second.stderr.count("\n") == 1 and "in use" in second.stderr
    gateway.process.kill()
    gateway.process.wait()
    again = start("--keys", new_key.file, models=[files[0]])
    assert ask(again) == 429
    assert again.ask("/v1/classify", {"inputs": ROWS[:1]}, bearer(key))[0] == 200
    assert used(new_key.file, "alice") == {"queries": 5, "tokens": 0}


def test_a_lost_answer_is_charged_once(start, files, new_key):
    key = new_key("alice")
    gateway = start("--keys", new_key.file, models=[files[0]])
    body = json.dumps({"inputs": ROWS}).encode()
    head = (
        "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nIdempotency-Key: r1\r\nContent-Length: {len(body)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(head.encode() + body)
    # The client is gone before it could read; the answer is computed all the same.
    wait_until(lambda: used(new_key.file, "alice")["queries"] == 2)
    name = {"Idempotency-Key": "r1", **bearer(key)}
    status, headers, answer = gateway.ask("/v1/classify", body, name)
    assert status == 200 and headers["Idempotency-Replayed"] == "true" and len(json.loads(answer)["labels"]) == 2
    assert used(new_key.file, "alice")["queries"] == 2
    assert gateway.error("/v1/classify", {"inputs": ROWS[:1]}, name)[1]["code"] == "idempotency_key_reused"
    assert gateway.ask("/v1/classify", body, bearer(key))[0] == 200
    assert used(new_key.file, "alice")["queries"] == 4


def test_rate(start):
    gateway = start("--rate", 4, "--burst", 4)
    sample = {"model": "vae", "count": 4}
    answers = [gateway.ask("/v1/sample", sample)]
    # Whoever is slow enough, as a busy machine may make one, is never refused; so several are asked.
    while answers[-1][0] == 200 and len(answers) < 50:
        answers.append(gateway.ask("/v1/sample", sample))
    assert len(answers) > 1
    status, headers, body = answers[-1]
    assert status == 429 and json.loads(body)["error"]["code"] == "rate_limit_exceeded"
    assert headers["Retry-After"] == "1" and 0 < int(headers["Retry-After-Ms"]) <= 1000
    time.sleep(int(headers["Retry-After-Ms"]) / 1000)
    assert gateway.ask("/v1/sample", sample)[0] == 200


def test_long_prompts_cost_more(start):
    gateway = start("--rate", 0.001, "--burst", 2.2)
    ask = lambda prompt, count: gateway.ask("/v1/completions", {"model": "gpt", "prompt": prompt, "max_tokens": count})[0]
    assert [ask("T", 1), ask("T", 1), ask("T", 1)] == [200, 200, 429]
    gateway = start("--rate", 0.001, "--burst", 2.2)
    assert [ask("The people of the", 13), ask("T", 1)] == [200, 429]


def test_defences(start, files):
    gateway = start(
        "--defence", "top-k=3", "--defence", "rounding=1", "--defence", "no-logit-bias", models=[files[0], files[4]])
    answer = gateway.json("/v1/classify", {"model": "classifier", "inputs": ROWS})
    for row in answer["data"]:
        assert sum(value > 0 for value in row) <= 3 and all(round(value, 1) == pytest.approx(value, abs=1e-6) for value in row)
    status, error = gateway.error(
        "/v1/completions", {"model": "gpt", "prompt": "The", "logit_bias": {"1": 5}, "max_tokens": 2})
    assert status == 400 and "bias" in error["message"]
    hidden = start("--defence", "labels-only", models=[files[0]])
    answer = hidden.json("/v1/classify", {"inputs": ROWS})
    assert "data" not in answer and len(answer["labels"]) == 2


def test_alarm_is_counted_and_blocks(start, files, new_key):
    thief, other = new_key("thief"), new_key("other")
    gateway = start("--keys", new_key.file, "--monitor", "bias-coverage=3", "--on-alarm", "block", models=[files[4]])
    ask = lambda key, tokens: gateway.ask(
        "/v1/completions", {"prompt": "The", "max_tokens": 1, "logit_bias": {str(token): 5 for token in tokens}}, bearer(key))[0]
    assert [ask(thief, [1, 2]), ask(thief, [3, 4]), ask(thief, [])] == [200, 429, 429]
    assert ask(other, [1]) == 200
    assert gateway.error("/metrics")[0] == 401
    status, _, metrics = gateway.ask("/metrics", headers=bearer(other))
    assert status == 200 and b"\npenumbra_alarms_total 1\n" in metrics
    # Which monitor it was would help whoever wants to evade it.
    assert b"bias-coverage" not in metrics


@pytest.mark.parametrize("arguments,says", [
    (["--keys", "/nowhere/keys"], "penumbra keys new"), (["--burst", "3"], "burst"), (["--budget=-1"], "queries"),
    (["--rate", "0"], "rate"), (["--rate", "1e-18"], "one unit a day"), (["--defence", "frob"], "frob"), (["--defence", "rounding=x"], "rounding"),
    (["--defence", "ngram-filter"], "training texts"), (["--monitor", "frob"], "frob"), (["--on-alarm", "shout"], "report"),
    (["--monitor", "novelty"], "reference"),
    (["--ledger", "/dev/null"], "expected a ledger"), (["--ledger", "/nowhere/ledger"], "ledger that can be written"),
])
def test_what_is_wrong_is_one_line(files, arguments, says):
    found = subprocess.run(
        [os.environ["PENUMBRA"], "serve", str(files[4]), *arguments], capture_output=True, text=True, timeout=300)
    assert found.returncode == 2 and found.stdout == ""
    assert found.stderr.count("\n") == 1 and says in found.stderr, found.stderr
