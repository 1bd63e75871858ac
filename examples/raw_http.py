"""One chat completion with nothing but the standard library: two headers, a JSON body, a JSON answer."""

from __future__ import annotations

import json
import os
from urllib.request import Request, urlopen

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")
MODEL, PROVIDER = "gpt-4o", "openai"


def main() -> None:
    request = Request(  # noqa: S310  the address is the operator's own setting
        f"{BASE_URL}/chat/completions",
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ['SAHARA_API_KEY']}",
            "OpenAI-Organization": PROVIDER,  # this header chooses the compute provider
        },
        data=json.dumps(
            {
                "model": MODEL,
                "messages": [
                    {"role": "system", "content": "You are a helpful assistant."},
                    {"role": "user", "content": "Hello!"},
                ],
            }
        ).encode(),
    )
    with urlopen(request, timeout=60) as response:  # noqa: S310  as above
        completion = json.load(response)
    choice = completion["choices"][0]
    print(choice["message"]["content"])
    print("answered by", completion["model"], "with", completion["usage"]["total_tokens"], "tokens")

    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].strip()


if __name__ == "__main__":
    main()
