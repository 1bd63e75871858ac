"""The plain `openai` package, streamed: text as it comes, and the usage in the last chunk."""

from __future__ import annotations

import os

from openai import OpenAI

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


def main() -> None:
    text, tokens = "", 0
    with OpenAI(base_url=BASE_URL, api_key=os.environ["SAHARA_API_KEY"], organization="openai") as client:
        stream = client.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Hello! How are you?"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        for chunk in stream:
            for choice in chunk.choices:
                piece = choice.delta.content or ""
                print(piece, end="", flush=True)
                text += piece
            tokens = chunk.usage.total_tokens if chunk.usage else tokens
    print(f"\n{tokens} tokens")

    assert text.strip()
    assert tokens > 0


if __name__ == "__main__":
    main()
