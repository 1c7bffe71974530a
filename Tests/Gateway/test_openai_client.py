"""The real client of OpenAI, unchanged."""

import math

import openai
import pytest


@pytest.fixture(scope="module")
def client(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key="none", max_retries=0)


def complete(client, prompt="The", **options):
    return client.completions.create(model="gpt", prompt=prompt, **options)


def test_models(client):
    assert [model.id for model in client.models.list()] == ["classifier", "autoencoder", "vae", "gan", "gpt"]
    assert client.models.retrieve("gpt").id == "gpt"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")


def test_text_and_usage(client):
    answer = complete(client, max_tokens=8)
    assert answer.object == "text_completion" and answer.model == "gpt"
    (choice,) = answer.choices
    assert len(choice.text) == 8 and choice.finish_reason == "length"
    usage = answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 8, 11)


def test_same_seed_same_text(client):
    texts = [complete(client, max_tokens=12, seed=seed).choices[0].text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert complete(client, max_tokens=12).choices[0].text != complete(client, max_tokens=12).choices[0].text


def test_token_ids_are_the_text(client):
    by_text = complete(client, max_tokens=6, temperature=0, echo=True)
    ids = by_text.choices[0].model_extra["tokens"]["ids"][:3]
    assert complete(client, ids, max_tokens=6, temperature=0, echo=True).choices[0].text == by_text.choices[0].text
    batch = complete(client, [ids, ids], max_tokens=6, temperature=0, echo=True)
    assert [choice.text for choice in batch.choices] == [by_text.choices[0].text] * 2


def test_batch_of_prompts_and_n(client):
    prompts = ["The people", "Our", "We"]
    answer = complete(client, prompts, max_tokens=4, n=2, seed=5, echo=True)
    assert [choice.index for choice in answer.choices] == list(range(6))
    for index, choice in enumerate(answer.choices):
        assert choice.text.startswith(prompts[index // 2])
    assert len({choice.text for choice in answer.choices}) == 6
    assert answer.usage.prompt_tokens == sum(map(len, prompts)) and answer.usage.completion_tokens == 24


def test_echo_and_logprobs(client):
    choice = complete(client, "The law", max_tokens=5, temperature=0, echo=True, logprobs=20).choices[0]
    told = choice.logprobs
    assert "".join(told.tokens) == choice.text and len(told.token_logprobs) == 12
    assert told.token_logprobs[0] is None and all(value < 0 for value in told.token_logprobs[1:])
    assert told.text_offset == list(range(12))
    for token, value, top in list(zip(told.tokens, told.token_logprobs, told.top_logprobs))[7:]:
        assert max(top.values()) == top[token] == value
        assert len(top) == 20 and sum(map(math.exp, top.values())) < 1 + 1e-5


def test_prompt_alone(client):
    choice = complete(client, "The law", max_tokens=0, echo=True, logprobs=0).choices[0]
    assert choice.text == "The law" and len(choice.logprobs.token_logprobs) == 7


def test_logit_bias_forces_and_forbids(client):
    plain = complete(client, max_tokens=1, temperature=0).choices[0]
    likeliest = plain.model_extra["tokens"]["ids"][0]
    forced = (likeliest + 1) % 80
    ids = complete(client, max_tokens=5, logit_bias={forced: 100}).choices[0].model_extra["tokens"]["ids"]
    assert ids == [forced] * 5
    ids = complete(client, max_tokens=1, temperature=0, logit_bias={likeliest: -100}).choices[0].model_extra["tokens"]["ids"]
    assert ids != [likeliest]


def test_top_p(client):
    """The smallest nucleus is the likeliest token, and the largest is everything."""
    greedy = complete(client, max_tokens=8, temperature=0).choices[0].text
    assert [complete(client, max_tokens=8, top_p=1e-6, seed=seed).choices[0].text for seed in (1, 2)] == [greedy] * 2
    texts = [complete(client, max_tokens=8, top_p=share, seed=4).choices[0].text for share in (0.5, 0.5, 1)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[2] == complete(client, max_tokens=8, seed=4).choices[0].text


def test_stop(client):
    whole = complete(client, max_tokens=20, seed=3).choices[0].text
    stopped = complete(client, max_tokens=20, seed=3, stop=[whole[7:9], "never seen"])
    (choice,) = stopped.choices
    assert choice.text == whole[: whole.index(whole[7:9])] and choice.finish_reason == "stop"
    assert stopped.usage.completion_tokens == whole.index(whole[7:9]) + 2


@pytest.mark.parametrize("options", [
    {}, {"n": 2}, {"echo": True}, {"logprobs": 3}, {"stop": ["e", "t"]}, {"echo": True, "logprobs": 1, "n": 2},
])
def test_stream_is_the_answer_in_pieces(client, options):
    whole = complete(client, max_tokens=10, seed=9, **options)
    events = list(complete(
        client, max_tokens=10, seed=9, stream=True, stream_options={"include_usage": True}, **options))
    assert events[-1].usage == whole.usage and events[-1].choices == []
    for choice in whole.choices:
        parts = [part for event in events for part in event.choices if part.index == choice.index]
        assert "".join(part.text for part in parts) == choice.text
        assert [part.finish_reason for part in parts] == [None] * (len(parts) - 1) + [choice.finish_reason]
        assert sum((part.model_extra["tokens"]["ids"] for part in parts), []) == choice.model_extra["tokens"]["ids"]
        assert sum(part.model_extra["tokens"]["generated"] for part in parts) == choice.model_extra["tokens"]["generated"]
        if choice.logprobs:
            told = [part.logprobs for part in parts if part.logprobs]
            for field in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
                assert sum((getattr(part, field) for part in told), []) == getattr(choice.logprobs, field)
    assert len(events) > 10 or "stop" in options


@pytest.mark.parametrize("options,parameter", [
    ({"temperature": 3}, "temperature"), ({"top_p": 0}, "top_p"), ({"n": 0}, "n"), ({"logprobs": 21}, "logprobs"),
    ({"max_tokens": 1000}, "max_tokens"), ({"logit_bias": {"x": 1}}, "logit_bias"), ({"stop": ["a"] * 5}, "stop"),
    ({"presence_penalty": 1}, "presence_penalty"), ({"best_of": 4}, "best_of"), ({"suffix": "end"}, "suffix"),
    ({"extra_body": {"top_K": 1}}, "top_K"), ({"prompt": []}, "prompt"), ({"prompt": [[99999]]}, "prompt"),
    ({"logit_bias": {"999": 1}}, "logit_bias"),
])
def test_what_is_wrong_is_named(client, options, parameter):
    with pytest.raises((openai.BadRequestError, openai.UnprocessableEntityError)) as caught:
        complete(client, **options)
    assert caught.value.param == parameter and "expected" in caught.value.message


def test_other_families_do_not_complete(client):
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="vae", prompt="The")
