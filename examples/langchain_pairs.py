"""One LangChain prompt over three working (model, provider) pairs and one that does not exist and fails well."""

from __future__ import annotations

import asyncio

from langchain_core.messages import HumanMessage
from openai import APIStatusError

from agents_sahara.langchain import chat_model

PAIRS = (
    ("gpt-4o", "openai"),
    ("deepseek-ai/DeepSeek-V3", "together"),
    ("llama-3-8b", "predibase"),
    ("no-such-model", "openai"),
)


async def ask(model: str, provider: str) -> str:
    """The answer, or what the gateway said against it."""
    chat = chat_model(model=model, provider=provider)
    try:
        answer = await chat.ainvoke([HumanMessage("Hello! How are you?")])
    except APIStatusError as error:
        return f"refused with {error.status_code}: {error.message}"
    finally:
        await chat.root_async_client.close()
        chat.root_client.close()
    return f"answered: {answer.text}"


async def main() -> None:
    results = await asyncio.gather(*(ask(model, provider) for model, provider in PAIRS))
    for (model, provider), result in zip(PAIRS, results, strict=True):
        print(f"{model} on {provider} {result}")

    assert all(result.startswith("answered: ") for result in results[:3])
    assert results[3].startswith(("refused with 400", "refused with 404"))


if __name__ == "__main__":
    asyncio.run(main())
