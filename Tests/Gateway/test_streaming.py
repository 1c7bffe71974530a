"""Streams that come while they are computed, to the real client of OpenAI."""

import json
import socket
import struct

import openai
import pytest

from conftest import wait_until

# Sixteen batches of 29 tokens: far longer than a small request beside it.
BULK = {"model": "gpt", "prompt": ["The"] * 1000, "max_tokens": 29, "temperature": 0}


@pytest.fixture
def client(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key="none", max_retries=0)


def lines(gateway):
    return [line for line in gateway.access_log() if line["path"] == "/v1/completions"]


def test_a_stream_is_read_while_others_are_answered(gateway, client):
    """A long stream has begun; a short stream and a whole answer begin later and end sooner."""
    wait_until(gateway.is_well)
    before = len(lines(gateway))
    with client.completions.create(stream=True, **BULK) as stream:
        first = next(iter(stream))
        assert len(first.choices[0].model_extra["tokens"]["ids"]) == 1
        short = list(client.completions.create(model="gpt", prompt="We", max_tokens=3, stream=True))
        assert [len(event.choices[0].model_extra["tokens"]["ids"]) for event in short] == [1, 1, 1, 0]
        assert client.completions.create(model="gpt", prompt="We", max_tokens=4).usage.completion_tokens == 4
        rest = list(stream)
    assert sum(len(event.choices[0].model_extra["tokens"]["ids"]) for event in [first, *rest]) == 29_000
    wait_until(lambda: len(lines(gateway)) == before + 3)
    # Lines are written when the last token is computed.
    assert [line["tokens"] for line in lines(gateway)[before:]] == [2 + 3, 2 + 4, 3_000 + 29_000]


def test_choices_come_in_turns(client):
    events = list(client.completions.create(
        model="gpt", prompt=["The people", "We", "Our law"], n=2, max_tokens=4, stream=True))
    tokens = [event.choices[0].index for event in events if event.choices[0].model_extra["tokens"]["ids"]]
    assert tokens == list(range(6)) * 4
    assert sorted(event.choices[0].index for event in events if event.choices[0].finish_reason) == list(range(6))


def test_who_leaves_pays_for_what_was_computed(start, new_key):
    """A client that resets its connection stops the computation, and only that is charged."""
    key = new_key("alice", "--tokens", 40_000)
    gateway = start("--keys", new_key.file)
    body = json.dumps({**BULK, "stream": True}).encode()
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
    connection.sendall(
        b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"
        b"Content-Length: %d\r\n\r\n" % (key.encode(), len(body)) + body)
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    wait_until(lambda: lines(gateway), seconds=60)
    (line,) = lines(gateway)
    assert line["error"] == "the client left" and line["status"] == 200
    assert 3_000 < line["tokens"] < 3_000 + 29_000
    # What was given back can be spent again: 40,000 − 32,000 would not be enough.
    left = 40_000 - line["tokens"]
    answer = {"model": "gpt", "prompt": ["The"] * 300, "max_tokens": 29, "stream": True}
    assert left >= 300 * 32 and gateway.ask("/v1/completions", answer, {"Authorization": f"Bearer {key}"})[0] == 200


@pytest.mark.parametrize("defence", [
    "rounding=1", "probability-rounding=2", "top-k=2", "labels-only", "noise=0.5", "temperature=3", "ngram-filter=3",
    "no-logit-bias",
])
def test_defences_hold_for_streams(start, models, defence):
    training = ["--training", "sotu-excerpt"] if defence.startswith("ngram") else []
    gateway = start("--defence", defence, "--seed", 1, *training, models=[models / "gpt.safetensors"])
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="none", max_retries=0)
    options = {"model": "gpt", "prompt": ["The law", "We"], "max_tokens": 8, "seed": 3, "logprobs": 4, "n": 2}
    whole = client.completions.create(**options)
    events = list(client.completions.create(stream=True, **options))
    for choice in whole.choices:
        parts = [event.choices[0] for event in events if event.choices[0].index == choice.index]
        assert "".join(part.text for part in parts) == choice.text
        for field in ("token_logprobs", "top_logprobs"):
            told = sum((getattr(part.logprobs, field) for part in parts if part.logprobs), [])
            assert told == (getattr(choice.logprobs, field) if choice.logprobs else [])
    if defence == "no-logit-bias":
        with pytest.raises(openai.BadRequestError):
            client.completions.create(stream=True, logit_bias={"1": 5}, **options)
