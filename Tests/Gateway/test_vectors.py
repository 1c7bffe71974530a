"""Models of vectors, with arrays as JSON and as safetensors."""

import json
import random
import struct
import threading

import pytest

from conftest import wait_until

WIDTH = 784


def rows(count, width=WIDTH, seed=0):
    draw = random.Random(seed)
    # Numbers that are exact in 32 bits, so that both formats carry the same.
    return [[draw.randrange(256) / 256 for _ in range(width)] for _ in range(count)]


def pack(arrays, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in arrays.items():
        flat = [value for row in values for value in row]
        header[name] = {"dtype": "F32", "shape": [len(values), len(values[0])],
                        "data_offsets": [len(data), len(data) + 4 * len(flat)]}
        data += struct.pack(f"<{len(flat)}f", *flat)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def unpack(body):
    (length,) = struct.unpack_from("<Q", body)
    header, data = json.loads(body[8 : 8 + length]), body[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if name != "__metadata__":
            part = data[slice(*entry["data_offsets"])]
            arrays[name] = struct.unpack(f"<{len(part) // 4}{'f' if entry['dtype'] == 'F32' else 'i'}", part)
    return arrays


@pytest.mark.parametrize("path,model,inputs,width", [
    ("/v1/classify", "classifier", WIDTH, 10), ("/v1/encode", "autoencoder", WIDTH, 4),
    ("/v1/encode", "vae", WIDTH, 4), ("/v1/decode", "vae", 4, WIDTH), ("/v1/decode", "gan", 4, WIDTH),
    ("/v1/decode", "autoencoder", 4, WIDTH), ("/v1/discriminate", "gan", WIDTH, 1),
])
def test_both_formats_say_the_same(gateway, path, model, inputs, width):
    asked = rows(5, inputs)
    answer = gateway.json(path, {"model": model, "inputs": asked})
    assert [len(row) for row in answer["data"]] == [width] * 5 and answer["usage"] == {"queries": 5, "tokens": 0}
    status, headers, body = gateway.ask(
        path, pack({"inputs": asked}, {"model": model}),
        {"Content-Type": "application/safetensors", "Accept": "application/safetensors"})
    assert status == 200 and headers["Content-Type"] == "application/safetensors"
    arrays = unpack(body)
    told = [struct.unpack("<f", struct.pack("<f", value))[0] for row in answer["data"] for value in row]
    assert list(arrays["data"]) == told
    if path == "/v1/classify":
        assert answer["labels"] == [max(range(10), key=row.__getitem__) for row in answer["data"]]
        assert list(arrays["labels"]) == answer["labels"]
        assert all(abs(sum(row) - 1) < 1e-5 for row in answer["data"])


def test_samples_are_addressed_by_seed(gateway):
    one, same, other = (
        gateway.json("/v1/sample", {"model": "vae", "count": 3, "seed": seed})["data"] for seed in (1, 1, 2))
    assert one == same != other and len(one) == 3 and all(0 <= pixel <= 1 for row in one for pixel in row)
    assert gateway.json("/v1/sample", {"model": "gan", "count": 2}) != gateway.json("/v1/sample", {"model": "gan", "count": 2})


def test_logits(gateway, start):
    answer = gateway.json("/v1/logits", {"model": "gpt", "contexts": [[1, 2, 3], [4, 5, 6]]})
    assert [len(row) for row in answer["data"]] == [84, 84] and answer["usage"] == {"queries": 2, "tokens": 6}
    closed = start()
    assert closed.error("/v1/logits", {"model": "gpt", "contexts": [[1]]})[0] == 404
    assert "/v1/logits" not in closed.json("/openapi.json")["paths"]
    assert closed.json("/v1/models/gpt")["card"]["operations"] == ["completions"]


def test_concurrent_requests_share_a_pass(gateway):
    """Answers are those of single requests up to rounding, and none is another's."""
    asked = [rows(3, seed=seed) for seed in range(64)]
    alone = [gateway.json("/v1/classify", {"model": "classifier", "inputs": some})["data"] for some in asked]
    together = [None] * 64
    # The model is busy long enough for the others to meet in the queue.
    busy = {"model": "gpt", "prompt": ["The"] * 1000, "max_tokens": 29, "logprobs": 20}
    bulks = [threading.Thread(target=gateway.json, args=("/v1/completions", busy)) for _ in range(3)]
    for bulk in bulks:
        bulk.start()
    wait_until(lambda: b"penumbra_requests_in_flight 4" in gateway.ask("/metrics")[2])

    def ask(index):
        together[index] = gateway.json("/v1/classify", {"model": "classifier", "inputs": asked[index]})["data"]

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(64)]
    for thread in threads:
        thread.start()
    for thread in [*threads, *bulks]:
        thread.join()
    for one, other in zip(alone, together):
        for row, again in zip(one, other):
            assert all(abs(a - b) < 1e-5 for a, b in zip(row, again))
    counts = dict(line.rsplit(" ", 1) for line in gateway.ask("/metrics")[2].decode().splitlines() if line[0] != "#")
    passes, requests = (int(counts[f"penumbra_model_{name}_total"]) for name in ("passes", "requests"))
    assert passes < requests - 10, f"{requests} requests took {passes} passes"


@pytest.mark.parametrize("path,body,status", [
    ("/v1/classify", {"model": "classifier", "inputs": [[1, 2], [3]]}, 400),
    ("/v1/classify", {"model": "classifier", "inputs": [[1.0, 2.0]]}, 400),
    ("/v1/classify", {"model": "classifier", "inputs": []}, 400),
    ("/v1/classify", {"model": "classifier", "inputs": [[]]}, 400),
    ("/v1/classify", {"inputs": [[1.0]]}, 400),
    ("/v1/classify", {"model": "nobody", "inputs": [[1.0]]}, 404),
    ("/v1/classify", {"model": "gan", "inputs": [[1.0]]}, 404),
    ("/v1/classify", {"model": "classifier", "inputs": [[0.0] * WIDTH] * 1025}, 422),
    ("/v1/classify", {"model": "classifier", "inputs": [[1e39] + [0.0] * 783]}, 400),
    ("/v1/discriminate", {"model": "gan", "inputs": [[3e38] * WIDTH]}, 422),
    ("/v1/classify", {"model": "classifier", "inputs": [["x"] * WIDTH]}, 400),
    ("/v1/encode", {"model": "vae", "inputs": [[0.0] * WIDTH], "labels": [1]}, 400),
    ("/v1/sample", {"model": "vae", "count": 0}, 400),
    ("/v1/sample", {"model": "vae", "count": 10**6}, 422),
    ("/v1/sample", {"model": "vae", "count": 1, "label": 3}, 400),
    ("/v1/sample", {"model": "vae", "count": 1, "draw_stream": "xyz"}, 400),
    ("/v1/logits", {"model": "gpt", "contexts": [[1], [1, 2]]}, 400),
    ("/v1/logits", {"model": "gpt", "contexts": []}, 400),
    ("/v1/logits", {"model": "gpt", "contexts": [[-1]]}, 400),
    ("/v1/completions", {"model": "gpt", "prompt": "a", "max_tokens": 9223372036854775807}, 422),
    ("/v1/completions", {"model": "gpt", "prompt": "a", "max_tokens": -1}, 422),
    ("/v1/completions", {"model": "gpt", "prompt": ["a"] * 1000, "n": 128}, 422),
    ("/v1/completions", {"model": "gpt", "prompt": ["a"] * 2000}, 422),
])
def test_what_is_wrong_is_refused(gateway, path, body, status):
    found, error = gateway.error(path, body)
    assert found == status, error
    assert gateway.is_well()


@pytest.mark.parametrize("values", [float("nan"), float("inf"), -float("inf")])
def test_arrays_that_are_not_finite(gateway, values):
    body = pack({"inputs": [[values] * WIDTH]}, {"model": "classifier"})
    status, error = gateway.error("/v1/classify", body, {"Content-Type": "application/safetensors"})
    assert status == 400 and "finite" in error["message"] and error["param"] == "inputs"
