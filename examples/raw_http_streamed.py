"""A streamed chat completion with a plain HTTP client: server-sent events, one piece of text each, then `[DONE]`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import httpx2

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")
MODEL, PROVIDER = "gpt-4o", "openai"


def pieces(http: httpx2.Client) -> Iterator[str]:
    """The text as it comes; a stream that ends without `[DONE]` was cut off and is an error."""
    headers = {
        "Authorization": f"Bearer {os.environ['SAHARA_API_KEY']}",
        "OpenAI-Organization": PROVIDER,
    }
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello! How are you?"}], "stream": True}
    with http.stream("POST", f"{BASE_URL}/chat/completions", headers=headers, json=body) as response:
        if response.status_code != 200:
            response.read()
            raise SystemExit(f"the gateway said {response.status_code}: {response.text}")
        for line in response.iter_lines():
            if line == "data: [DONE]":
                return
            if line.startswith("data: "):
                for choice in json.loads(line.removeprefix("data: "))["choices"]:
                    yield choice["delta"].get("content") or ""
    raise SystemExit("the answer was cut off")


def main() -> None:
    text = ""
    with httpx2.Client(timeout=60) as http:
        for piece in pieces(http):
            print(piece, end="", flush=True)
            text += piece
    print()

    assert text.strip()


if __name__ == "__main__":
    main()
