"""LangChain's own `ChatOpenAI`, streamed and asynchronous: each line shows what has come so far."""

from __future__ import annotations

import asyncio
import os

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


async def main() -> None:
    chat = ChatOpenAI(
        model="gpt-4o",
        organization="openai",
        base_url=BASE_URL,
        api_key=SecretStr(os.environ["SAHARA_API_KEY"]),
    )
    text, chunks = "", 0
    async for chunk in chat.astream([HumanMessage("Hello! How are you?")]):
        if chunk.text:
            text, chunks = text + chunk.text, chunks + 1
            print(text)
    await chat.root_async_client.close()

    assert chunks > 1, "it came in one piece"


if __name__ == "__main__":
    asyncio.run(main())
