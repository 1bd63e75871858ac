from __future__ import annotations

import json

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents_sahara.emulator import guard
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.types import Json

CHAT = "/chat/completions"
USER: dict[str, Json] = {"role": "user", "content": "Hi"}
CALL: dict[str, Json] = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL: dict[str, Json] = {"type": "function", "function": {"name": "f"}}


def refused(http: httpx2.Client, body: dict[str, Json]) -> tuple[int, str | None]:
    response = http.post(CHAT, json=body)
    error = response.json()["error"]
    assert error["message"]
    return response.status_code, error["param"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[1,", b'{"model": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}"],
    ids=["empty", "open", "list", "nan", "not-utf8", "deep", "long-number"],
)
def test_a_body_that_is_no_json_is_400(http: httpx2.Client, raw: bytes) -> None:
    response = http.post(CHAT, content=raw, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_json")


@pytest.mark.parametrize("value", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_400(http: httpx2.Client, value: Json) -> None:
    assert http.post(CHAT, json=value).status_code == 400


def test_a_body_that_does_not_say_it_is_json_is_400(http: httpx2.Client, hello: dict[str, Json]) -> None:
    response = http.post(CHAT, content=json.dumps(hello), headers={"Content-Type": "text/plain"})
    assert response.status_code == 400
    assert "application/json" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": 4}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 4}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "song"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [USER, {"role": "assistant"}]}, "messages[1].content"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [{}]}]}, "messages[1].tool_calls[0].id"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": {"id": 1}}]}, "messages[1].tool_calls"),
        ({"messages": [USER, {"role": "tool", "content": "x"}]}, "messages[1].tool_call_id"),
        (
            {"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": "c1"}]},
            "messages[1].tool_call_id",
        ),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]}, "messages[2]"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, USER]}, "messages[2]"),
        ({"messages": [USER, {"role": "function", "content": "x"}]}, "messages[1].name"),
        ({"tools": {}}, "tools"),
        ({"tools": ["f"]}, "tools[0]"),
        ({"tools": [{"type": "retrieval"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "x" * 65}}]}, "tools[0].function.name"),
        ({"tools": [TOOL, TOOL]}, "tools[1].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
            "tools[0].function.parameters",
        ),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "perhaps"}, "tool_choice"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
            "tool_choice",
        ),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": []}, "stream_options"),
        ({"n": 0}, "n"),
        ({"n": 17}, "n"),
        ({"n": True}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "0"}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"seed": 1.5}, "seed"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": 1}, "stop"),
        ({"logprobs": 1}, "logprobs"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
        ({"metadata": []}, "metadata"),
        ({"user": 7}, "user"),
    ],
)
def test_a_wrong_field_is_400_and_named(
    http: httpx2.Client, hello: dict[str, Json], change: dict[str, Json], param: str
) -> None:
    assert refused(http, hello | change) == (400, param)


def test_tool_results_in_the_order_of_their_calls_are_accepted(
    http: httpx2.Client, hello: dict[str, Json]
) -> None:
    calls = [{**CALL, "id": name} for name in ("a", "b")]
    results = [{"role": "tool", "tool_call_id": name, "content": "ok"} for name in ("b", "a")]
    messages = [USER, {"role": "assistant", "content": None, "tool_calls": calls}, *results]
    assert http.post(CHAT, json=hello | {"messages": messages, "tools": [TOOL]}).status_code == 200


def test_unknown_fields_are_let_through_and_compute_provider_is_logged(hello: dict[str, Json]) -> None:
    lines: list[str] = []
    with LocalGateway(log=lines.append) as gateway:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "openai"}
        body = hello | {"compute_provider": "lepton\nforged line", "surprise": 1}
        with httpx2.Client(headers=headers, trust_env=False, verify=False) as client:
            response = client.post(gateway.base_url + CHAT, json=body)
    assert response.status_code == 200
    (line,) = [line for line in lines if "compute_provider" in line]
    assert "'lepton\\nforged line'" in line
    assert gateway.calls[0].provider == "openai"


@pytest.mark.parametrize(
    ("provider", "model", "status", "said"),
    [
        ("together", "gpt-4o", 404, "The provider 'together' does not serve the model 'gpt-4o'"),
        ("opnai", "gpt-4o", 404, "Did you mean 'openai'?"),
        ("openai", "gpt-4p", 404, "Did you mean 'gpt-4o'?"),
        (None, "gpt-4o", 200, ""),
        (None, "llama3-3-70b", 400, "OpenAI-Organization"),
        (None, "nothing-like-it", 404, "There is no model"),
    ],
)
def test_the_provider_comes_from_the_header_or_is_the_only_one(
    http: httpx2.Client, hello: dict[str, Json], provider: str | None, model: str, status: int, said: str
) -> None:
    del http.headers["OpenAI-Organization"]
    headers = {} if provider is None else {"OpenAI-Organization": provider}
    response = http.post(CHAT, json=hello | {"model": model}, headers=headers)
    assert response.status_code == status
    assert said in response.text


def test_a_body_over_the_cap_is_413_and_a_body_at_the_cap_is_read(
    http: httpx2.Client, hello: dict[str, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_BODY_BYTES", 4096)
    json_type = {"Content-Type": "application/json"}
    raw = json.dumps(hello).encode()
    at_cap, over = raw.ljust(4096), raw.ljust(4097)
    assert http.post(CHAT, content=at_cap, headers=json_type).status_code == 200
    assert http.post(CHAT, content=over, headers=json_type).status_code == 413
    assert http.post(CHAT, content=raw.ljust(1_000_000), headers=json_type).status_code == 413
    assert http.post(CHAT, content=at_cap, headers=json_type).status_code == 200


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = """
role content tool_calls tool_call_id name id type function arguments parameters text model messages tools
tool_choice stream stream_options include_usage n stop max_tokens response_format json_schema schema seed
""".split()  # noqa: SIM905  # thirty quoted words are harder to read
likely = st.recursive(
    scalars | st.sampled_from([*KEYS, "user", "assistant", "tool", "system", "gpt-4o", "required"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
near_request = st.fixed_dictionaries(
    {"model": st.just("gpt-4o"), "messages": st.just([USER]) | likely},
    optional={key: likely for key in KEYS if key not in ("model", "messages")},
)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(body=anything | likely | near_request)
def test_no_json_body_is_answered_with_a_bug(http: httpx2.Client, body: Json) -> None:
    response = http.post(CHAT, json=body)
    assert response.status_code in (200, 400, 404), response.text
    assert response.status_code == 200 or set(response.json()["error"]) == {
        "message",
        "type",
        "param",
        "code",
    }
