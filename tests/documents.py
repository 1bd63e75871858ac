"""Team files for property tests: good ones, and what a slip of the hand makes of them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator

from agents_sahara.types import Json

Document = dict[str, Json]

GOOD: tuple[Document, ...] = (
    {
        "version": 1,
        "agents": {"solo": {"instructions": "Answer.", "model": "gpt-4o", "provider": "openai"}},
    },
    {
        "version": 1,
        "name": "shop",
        "description": "Support desk",
        "entry": "front",
        "vars": {"shop": "Acme", "count": 3, "open": True},
        "providers": {"desk": {"base_url": "https://models.example/v1", "api_key_env": "DESK_LOGIN"}},
        "models": {
            "fast": {
                "provider": "openai",
                "model": "gpt-4o",
                "settings": {"temperature": 0.2, "reasoning": {"effort": "low"}},
                "price": {
                    "input": 2.5,
                    "output": 10,
                    "source": "https://prices.example",
                    "date": "2026-11-01",
                },
            },
            "own": {"provider": "desk", "model": "llama3.2:3b"},
            "deep": {
                "pool": [
                    {
                        "provider": "together",
                        "model": "deepseek-ai/DeepSeek-V3",
                        "context": 131072,
                        "price": {"input": 1.25, "output": 1.25},
                    },
                    {"provider": "lepton", "model": "llama3-3-70b", "settings": {"temperature": 0}},
                ],
                "settings": {"temperature": 1, "seed": 3},
                "fallback": {
                    "attempts": 4,
                    "deadline": "2m",
                    "attempt_timeout": 45,
                    "first_token": "8s",
                    "idle": 20.5,
                    "cooldown": "1500ms",
                },
                "sticky": "conversation",
            },
        },
        "defaults": {
            "model": "fast",
            "provider": "together",
            "settings": {"max_tokens": 800},
            "fallback": ["deep"],
        },
        "agents": {
            "front": {
                "name": "Front desk",
                "description": "Greets",
                "instructions": "Greet for {{ shop }} ({{ count }}, {{ open }}).",
                "handoffs": [
                    "billing",
                    {
                        "agent": "orders",
                        "when": "delivery",
                        "tool_name": "to_orders",
                        "description": "Orders",
                        "enabled": True,
                    },
                ],
                "settings": {
                    "tool_choice": "auto",
                    "parallel_tool_calls": False,
                    "stop": ["END"],
                    "metadata": {"team": "shop"},
                    "extra_body": {"top_k": 5},
                },
            },
            "billing": {
                "description": "Refunds",
                "instructions": "Refund.",
                "fallback": ["own", "deep"],
                "model": {"use": "fast", "settings": {"seed": 7, "verbosity": "low", "stop": "END"}},
            },
            "orders": {
                "description": "Delivery",
                "instructions": "Track.",
                "model": {"id": "llama-3-8b", "provider": "lepton"},
                "settings": {"top_p": 0.5, "top_logprobs": 3, "frequency_penalty": -1, "presence_penalty": 1},
            },
        },
        "profiles": {"prod": {"defaults": {"model": "own"}, "agents": {"front": {"handoffs": ["billing"]}}}},
    },
)

_VALUES: tuple[Json, ...] = (
    *(None, True, False, 0, 1, 1.0, 2, -1, 0.5, 2.5, 21, 800.0, 10**12, 2**70, 1e300),
    *("", " ", "a", "1", "auto", "gpt-4o", "gpt 4o", "openai", "openai\n", "OpenAI", "fast", "front", "Ünï"),
    *("low", "hihg", "{{ shop }}", "{{ nobody }}", "${HOME}", "${", "sk-0123456789abcdef", "x" * 600),
    *("transfer_to_billing", "DESK_LOGIN", "SAHARA_API_KEY", "http://localhost:1/v1", "http://evil.example"),
    *(
        [],
        {},
        [[]],
        [None],
        ["a", "b", "c", "d", "e"],
        ["front"],
        {"a": 1},
        {"file": "x.md"},
        {"use": "fast"},
    ),
    *(
        {"id": "m", "use": "fast"},
        {"use": "fast", "provider": "desk"},
        {"agent": "billing"},
        {"effort": "max"},
    ),
    *("500ms", "8s", "2m", "8 s", "1h", "0s", "61m", "3600s", "1e3s", "0.5m", "8s\n", 3600, 3601, 0.0001),
    *("conversation", "deep", ["deep"], ["fast", "nope"], {"deadline": "8s", "idle": "9s"}, {"attempts": 21}),
    *(
        [{"provider": "openai", "model": "gpt-4o"}],
        [{"provider": "openai", "model": "gpt-4o"}, {"provider": "openai", "model": "gpt-4o"}],
    ),
)

_KEYS = (
    *("name", "nam", "description", "instructions", "model", "provider", "settings", "handoffs", "entry"),
    *(
        "tools",
        "return",
        "pool",
        "include",
        "version",
        "agents",
        "vars",
        "use",
        "id",
        "price",
        "stop",
        "seed",
    ),
    *("timeout", "retries", "temperature", "messages", "stream", "2nd", "my agent", "日本", "x" * 65, "Ä-1"),
    *("fallback", "sticky", "context", "attempts", "deadline", "attempt_timeout", "idle", "cooldown"),
    *("reasoning", "enabled", "when", "file", "profiles", "auto", "UPPER", "a.b", "", "k\n"),
)


def mutated(document: Document, seed: int) -> Document:
    """The document with one to three changes at random places."""
    dice = random.Random(seed)  # a mutation must be repeatable, not unguessable
    result = copy.deepcopy(document)
    for _ in range(dice.randint(1, 3)):
        parents = list(_parents(result))
        _change(dice.choice(parents), dice)
    return result


def _parents(value: Json) -> Iterator[dict[str, Json] | list[Json]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from _parents(child)
    elif isinstance(value, list):
        yield value
        for child in value:
            yield from _parents(child)


def _change(parent: dict[str, Json] | list[Json], dice: random.Random) -> None:
    value = copy.deepcopy(dice.choice(_VALUES))
    if isinstance(parent, list):
        parent[dice.randint(0, len(parent)) :] = [value]
        return
    if not parent or dice.random() < 0.3:
        parent[dice.choice(_KEYS)] = value
        return
    key = dice.choice(list(parent))
    how = dice.randrange(3)
    if how == 0:
        del parent[key]
    elif how == 1:
        parent[key] = value
    else:
        parent[dice.choice(_KEYS)] = parent.pop(key)


def as_text(document: Json) -> str:
    """JSON is YAML."""
    return json.dumps(document, ensure_ascii=False) + "\n"
