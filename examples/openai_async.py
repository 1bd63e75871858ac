"""The plain `openai` package, asynchronous: two providers asked at once, one of them streamed."""

from __future__ import annotations

import asyncio
import os

from openai import AsyncOpenAI

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


async def whole(client: AsyncOpenAI) -> str:
    """An answer in one piece."""
    completion = await client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello!"}]
    )
    return completion.choices[0].message.content or ""


async def streamed(client: AsyncOpenAI) -> str:
    """An answer put together from its pieces."""
    stream = await client.chat.completions.create(
        model="deepseek-ai/DeepSeek-V3", messages=[{"role": "user", "content": "Hello!"}], stream=True
    )
    return "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])


async def main() -> None:
    key = os.environ["SAHARA_API_KEY"]
    async with (
        AsyncOpenAI(base_url=BASE_URL, api_key=key, organization="openai") as openai,
        AsyncOpenAI(base_url=BASE_URL, api_key=key, organization="together") as together,
    ):
        answers = await asyncio.gather(whole(openai), streamed(together))
    for provider, answer in zip(("openai", "together"), answers, strict=True):
        print(f"{provider}: {answer}")

    assert all(answer.strip() for answer in answers)


if __name__ == "__main__":
    asyncio.run(main())
