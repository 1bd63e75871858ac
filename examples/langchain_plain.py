"""LangChain's own `ChatOpenAI` on the gateway: only base URL, key and organization (the compute provider) change."""

from __future__ import annotations

import os

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


def main() -> None:
    chat = ChatOpenAI(
        model="gpt-4o",
        organization="openai",
        base_url=BASE_URL,
        api_key=SecretStr(os.environ["SAHARA_API_KEY"]),
    )
    answer = chat.invoke([HumanMessage("Hello! How are you?")])
    print(answer.text)
    print(answer.usage_metadata)

    assert answer.text.strip()
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata is not None


if __name__ == "__main__":
    main()
