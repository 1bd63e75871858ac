"""Clients that people use, against the local gateway with only base URL and key changed."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess

import openai
import pytest
from agents import Agent, OpenAIChatCompletionsModel, RunConfig, Runner
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import SecretStr

from agents_sahara.emulator.gateway import LocalGateway

HELLO: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "Hello!"},
]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
            "required": ["unit"],
        },
    },
}


def test_the_openai_client_completes(gateway: LocalGateway) -> None:
    with OpenAI(base_url=gateway.base_url, api_key="any", organization="openai") as client:
        completion = client.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert completion.choices[0].message.content
    assert completion.system_fingerprint == "agents-sahara-sim"
    assert gateway.calls[0].headers["openai-organization"] == "openai"


def test_the_openai_client_streams(gateway: LocalGateway) -> None:
    with OpenAI(base_url=gateway.base_url, api_key="any", organization="openai") as client:
        whole = client.chat.completions.create(model="gpt-4o", messages=HELLO).choices[0].message.content
        with client.chat.completions.stream(
            model="gpt-4o", messages=HELLO, stream_options={"include_usage": True}
        ) as stream:
            final = stream.get_final_completion()
    assert final.choices[0].message.content == whole
    assert final.usage is not None


def test_the_openai_client_joins_a_streamed_tool_call(gateway: LocalGateway) -> None:
    with (
        OpenAI(base_url=gateway.base_url, api_key="any", organization="openai") as client,
        client.chat.completions.stream(
            model="gpt-4o", messages=HELLO, tools=[WEATHER], tool_choice="required"
        ) as stream,
    ):
        message = stream.get_final_completion().choices[0].message
    assert message.tool_calls is not None
    (call,) = message.tool_calls
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"unit": "celsius"}


async def _ask_async(base_url: str) -> tuple[str, str]:
    async with AsyncOpenAI(base_url=base_url, api_key="any", organization="together") as client:
        model = "deepseek-ai/DeepSeek-V3"
        whole = await client.chat.completions.create(model=model, messages=HELLO)
        stream = await client.chat.completions.create(model=model, messages=HELLO, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        return whole.choices[0].message.content or "", text


def test_the_async_openai_client_completes_and_streams(gateway: LocalGateway) -> None:
    whole, streamed = asyncio.run(_ask_async(gateway.base_url))
    assert whole
    assert whole == streamed


@pytest.mark.parametrize(
    ("provider", "model", "error"),
    [
        ("together", "gpt-4o", openai.NotFoundError),
        ("openai", "", openai.BadRequestError),
        ("nobody", "gpt-4o", openai.NotFoundError),
    ],
)
def test_the_openai_client_raises_the_error_of_the_status(
    gateway: LocalGateway, provider: str, model: str, error: type[openai.APIStatusError]
) -> None:
    with (
        OpenAI(base_url=gateway.base_url, api_key="any", organization=provider, max_retries=0) as client,
        pytest.raises(error) as caught,
    ):
        client.chat.completions.create(model=model, messages=HELLO)
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("is_streaming", [False, True])
def test_langchain_answers_for_three_working_pairs_and_fails_well_for_a_wrong_one(
    gateway: LocalGateway, is_streaming: bool
) -> None:
    def chat(provider: str, model: str) -> ChatOpenAI:
        return ChatOpenAI(
            model=model,
            api_key=SecretStr("any"),
            base_url=gateway.base_url,
            organization=provider,
            streaming=is_streaming,
            extra_body={"compute_provider": "lepton"},
            max_retries=0,
        )

    message = [HumanMessage(content="Hello! How are you?")]
    for pair in (("openai", "gpt-4o"), ("together", "deepseek-ai/DeepSeek-V3"), ("predibase", "llama-3-8b")):
        answer = chat(*pair).invoke(message)
        assert answer.content
        assert answer.response_metadata["system_fingerprint"] == "agents-sahara-sim"
    with pytest.raises(openai.NotFoundError):
        chat("openai", "llama-3-8b").invoke(message)


def test_langchain_streams_asynchronously(gateway: LocalGateway) -> None:
    async def pieces() -> list[str]:
        chat = ChatOpenAI(
            model="gpt-4o",
            api_key=SecretStr("any"),
            base_url=gateway.base_url,
            organization="openai",
            streaming=True,
        )
        return [str(chunk.content) async for chunk in chat.astream([HumanMessage(content="Hello!")])]

    assert len([piece for piece in asyncio.run(pieces()) if piece]) > 3


@pytest.mark.parametrize(
    ("message", "name", "agent"),
    [("Hola, ¿Cómo te llamas?", "James", "Spanish agent"), ("What is your name?", "Jesse", "English agent")],
)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_the_documented_triage_script_hands_off_and_answers(
    gateway: LocalGateway, message: str, name: str, agent: str, is_streamed: bool
) -> None:
    """Sahara API documentation, "Multi-Agent Integration", read 2026-11-22, without its unfinished line."""

    async def run() -> tuple[str, str]:
        async with (
            AsyncOpenAI(base_url=gateway.base_url, api_key="any", organization="openai") as at_openai,
            AsyncOpenAI(base_url=gateway.base_url, api_key="any", organization="together") as at_together,
        ):
            deep = OpenAIChatCompletionsModel("deepseek-ai/DeepSeek-V3", at_together)
            spanish = Agent(
                name="Spanish agent", instructions="You only speak Spanish. Your name is James", model=deep
            )
            english = Agent(
                name="English agent", instructions="You only speak English. Your name is Jesse", model=deep
            )
            triage = Agent(
                name="Triage agent",
                instructions="Handoff to the appropriate agent based on the language of the request.",
                handoffs=[spanish, english],
                model=OpenAIChatCompletionsModel("gpt-4o", at_openai),
            )
            config = RunConfig(tracing_disabled=True)
            if is_streamed:
                streamed = Runner.run_streamed(triage, message, run_config=config)
                async for _ in streamed.stream_events():
                    pass
                return str(streamed.final_output), streamed.last_agent.name
            result = await Runner.run(triage, message, run_config=config)
            return str(result.final_output), result.last_agent.name

    output, last = asyncio.run(run())
    assert (name in output, last) == (True, agent)
    assert [(call.provider, call.status) for call in gateway.calls] == [("openai", 200), ("together", 200)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_discovers_models_as_documented(gateway: LocalGateway) -> None:
    command = ["curl", "-s", "--noproxy", "*", f"{gateway.base_url}/models?provider=predibase"]
    headers = ["-H", "Accept: application/json", "-H", "x-api-key: any"]
    done = subprocess.run([*command, *headers], capture_output=True, check=True, timeout=20)
    assert json.loads(done.stdout) == ["llama-3-8b"]
