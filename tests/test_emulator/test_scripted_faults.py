from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress

import httpx2
import pytest

from agents_sahara.emulator.faults import MALFORMED
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When, Wire, turn_of
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.types import Json

CHAT = "/chat/completions"


def content(response: httpx2.Response) -> object:
    return response.json()["choices"][0]["message"]["content"]


def test_a_rule_says_what_the_backend_would_not(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Say("Scripted.", answered_model="gpt-4o-2024-08-06"))])
    response = http.post(CHAT, json=hello)
    assert content(response) == "Scripted."
    assert response.json()["model"] == "gpt-4o-2024-08-06"
    assert response.json()["system_fingerprint"] == "agents-sahara-sim"
    assert response.headers["x-sahara-reason"] == "script"


def test_a_rule_calls_tools_also_in_ways_that_no_good_model_does(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Use((Tool("pay", {"sum": 1}), Tool("pay", "{oops", id=""))))])
    choice = http.post(CHAT, json=hello).json()["choices"][0]
    first, second = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert first["function"] == {"name": "pay", "arguments": '{"sum":1}'}
    assert first["id"].startswith("call_")
    assert second == {"id": "", "type": "function", "function": {"name": "pay", "arguments": "{oops"}}


def test_the_first_rule_that_matches_is_used_and_only_as_often_as_it_says(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script(
        [
            Rule(Say("other"), When(message="(?i)refund")),
            Rule(Fail(503), times=2),
            Rule(
                Say("after"), When(provider="openai", model="gpt-4o", system="helpful", turn=1, stream=False)
            ),
        ]
    )
    answers = [http.post(CHAT, json=hello) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert content(answers[-1]) == "after"


@pytest.mark.parametrize(
    "when",
    [
        When(message="bye"),
        When(system="pirate"),
        When(provider="together"),
        When(model="gpt"),
        When(turn=2),
        When(stream=True),
        When(path="models"),
    ],
)
def test_a_condition_that_does_not_hold_keeps_a_rule_out(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], when: When
) -> None:
    gateway.script([Rule(Fail(500), when)])
    assert http.post(CHAT, json=hello).status_code == 200


def test_turns_count_model_calls_since_the_newest_user_message() -> None:
    user, assistant, tool = ({"role": role} for role in ("user", "assistant", "tool"))
    assert [turn_of([user]), turn_of([user, assistant, tool]), turn_of([user, assistant, user])] == [1, 2, 1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504])
def test_any_error_status_can_be_scripted(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], status: int
) -> None:
    gateway.script([Rule(Fail(status, headers={"Retry-After": "7"}))])
    response = http.post(CHAT, json=hello)
    assert (response.status_code, response.headers["retry-after"]) == (status, "7")
    assert response.json()["error"]["code"] == "scripted"
    assert gateway.calls[-1].status == status


def test_an_error_may_have_any_body_and_hit_a_model_that_is_not_served(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Fail(500, b"<h1>no</h1>", content_type="text/html"), When(model="none"), times=1)])
    response = http.post(CHAT, json=hello | {"model": "none"})
    assert (response.status_code, response.text) == (500, "<h1>no</h1>")
    gateway.script([Rule(Fail(500, {"detail": "no"}))])
    assert http.post(CHAT, json=hello).json() == {"detail": "no"}


def test_discovery_can_be_made_to_fail_or_to_answer_in_another_shape(
    gateway: LocalGateway, http: httpx2.Client
) -> None:
    gateway.script(
        [
            Rule(Fail(500), When(path="models"), times=1),
            Rule(Raw('{"data": [{"id": "a"}]}'), When(path="models")),
            Rule(Raw("[]"), When(path="providers", model="gpt-4o")),
        ]
    )
    assert http.get("/models").status_code == 500
    assert http.get("/models").json() == {"data": [{"id": "a"}]}
    assert http.get("/providers?model=gpt-4o").json() == []
    assert len(http.get("/providers").json()) == 6


def test_a_rule_that_speaks_is_for_completions_only() -> None:
    with pytest.raises(ValueError, match="'models' gives no completion"):
        Rule(Say("x"), When(path="models"))
    with pytest.raises(ValueError, match="is not one of"):
        When(path="model")


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_every_named_fault_goes_out_as_it_stands(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], name: str
) -> None:
    fault = MALFORMED[name]
    gateway.script([Rule(fault)])
    body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    with http.stream("POST", CHAT, json=hello) as response:
        assert response.status_code == 200
        assert response.headers.get("content-type") == fault.content_type
        assert b"".join(response.iter_raw()) == body


def test_delays_are_made_by_the_clock_that_was_given(hello: dict[str, Json]) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    rule = Rule(Say("one two three"), pace=Pace(delay_s=90, chunk_delay_s=0.25))
    with LocalGateway(script=[rule], sleep=sleep) as gateway:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "openai"}
        with httpx2.Client(
            base_url=gateway.base_url, headers=headers, trust_env=False, verify=False
        ) as client:
            assert content(client.post(CHAT, json=hello)) == "one two three"
            assert slept == [90, 0.25]
            client.post(CHAT, json=hello | {"stream": True})
            assert slept[2:] == [90] + [0.25] * 6


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("pace", [Pace(delay_s=60), Pace(chunk_delay_s=60)])
def test_a_gateway_that_is_closed_in_the_middle_of_a_delay_ends_quietly(
    hello: dict[str, Json], caplog: pytest.LogCaptureFixture, pace: Pace, is_stream: bool
) -> None:
    waits = threading.Event()

    async def for_ever(_: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    def ask(gateway: LocalGateway) -> None:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "openai"}
        url, body = f"{gateway.base_url}{CHAT}", hello | {"stream": is_stream}
        with suppress(httpx2.HTTPError):
            httpx2.post(url, json=body, headers=headers, timeout=60, trust_env=False, verify=False)

    with LocalGateway(script=(Rule(Say("Much to say."), pace=pace),), sleep=for_ever) as gateway:
        asking = threading.Thread(target=ask, args=(gateway,))
        asking.start()
        assert waits.wait(10)
    asking.join(10)
    assert not asking.is_alive()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_connection_can_be_dropped_before_any_answer(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], how: str
) -> None:
    cut = Cut(how="reset") if how == "reset" else Cut()
    gateway.script([Rule(pace=Pace(cut=cut), times=1)])
    with pytest.raises(httpx2.ReadError if how == "reset" else httpx2.RemoteProtocolError):
        http.post(CHAT, json=hello)
    assert gateway.calls[-1].status is None
    assert http.post(CHAT, json=hello).status_code == 200


@pytest.mark.parametrize("cut", [Cut(after_bytes=40), Cut(after_chunks=0), Cut(after_chunks=9)])
def test_a_plain_answer_can_be_cut_inside_its_body(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], cut: Cut
) -> None:
    gateway.script([Rule(pace=Pace(cut=cut))])
    got = b""
    with http.stream("POST", CHAT, json=hello) as response:
        length = int(response.headers["content-length"])
        with suppress(httpx2.RemoteProtocolError):
            for part in response.iter_raw():
                got += part
    assert 0 < len(got) < length
    assert cut.after_bytes in (None, len(got))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("how", ["close", "end"])
def test_a_stream_can_be_cut_behind_any_piece_of_its_content(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json], count: int, how: str
) -> None:
    cut = Cut(after_chunks=count, how="end") if how == "end" else Cut(after_chunks=count)
    gateway.script([Rule(Say("one two three"), pace=Pace(cut=cut))])
    text = ""
    try:
        with http.stream("POST", CHAT, json=hello | {"stream": True}) as response:
            for part in response.iter_text():
                text += part
    except httpx2.RemoteProtocolError:
        assert how == "close"
    else:
        assert how == "end"
    assert '"role":"assistant"' in text
    assert text.count('"content":') == 1 + min(count, 3)
    assert ('"finish_reason":"stop"' in text) == (count > 3)
    assert ("[DONE]" in text) == (count > 3)


def test_a_cut_can_hold_the_connection_before_it_ends(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    held = Pace(cut=Cut(after_chunks=1, hold_s=3600))
    gateway.script([Rule(Say("one two"), pace=held)])
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post(CHAT, json=hello | {"stream": True})


def test_a_tool_call_can_be_cut_in_its_arguments(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    arguments: dict[str, Json] = {"text": "x" * 60}
    pace = Pace(cut=Cut(after_chunks=3, how="end"))
    gateway.script([Rule(Use((Tool("note", arguments),)), pace=pace)])
    text = http.post(CHAT, json=hello | {"stream": True}).text
    assert text.count('"tool_calls"') == 3
    assert 'finish_reason":"tool_calls' not in text


def test_bytes_can_stand_in_place_of_a_response(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    gateway.script([Rule(Wire(b"SSH-2.0-OpenSSH\r\n"), times=1)])
    with pytest.raises(httpx2.RemoteProtocolError):
        http.post(CHAT, json=hello)
    gateway.script([Rule(Wire(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"id": "cut'))])
    assert http.post(CHAT, json=hello).text == '{"id": "cut'
