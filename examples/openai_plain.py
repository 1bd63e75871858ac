"""The plain `openai` package on the gateway: only base URL, key and organization (the compute provider) change."""

from __future__ import annotations

import os

from openai import OpenAI

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


def main() -> None:
    with OpenAI(base_url=BASE_URL, api_key=os.environ["SAHARA_API_KEY"], organization="openai") as client:
        completion = client.chat.completions.create(
            model="gpt-4o",
            messages=[
                {"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": "Hello! Who are you?"},
            ],
        )
    answer = completion.choices[0].message
    print(answer.content)

    assert answer.role == "assistant"
    assert answer.content
    assert completion.usage is not None
    assert completion.usage.total_tokens > 0


if __name__ == "__main__":
    main()
