"""Loading takes time in proportion to the file, whatever is wrong with it."""

from __future__ import annotations

import time

import pytest

from agents_sahara.loader import read_team

HEAD = "version: 1\nentry: a0\ndefaults: {model: gpt-4o, provider: openai}\n"
MANY = range(2_000)

FILES = {
    "unknown handoffs": HEAD
    + "agents:\n"
    + "".join(f"  a{i}: {{instructions: Hi., handoffs: [b{i}x]}}\n" for i in MANY),
    "slips of aliases": HEAD
    + "models:\n"
    + "".join(f"  model{i}: {{model: gpt-4o}}\n" for i in MANY)
    + "agents:\n"
    + "".join(f"  a{i}: {{instructions: Hi., model: mdoel{i}x}}\n" for i in MANY),
    "open templates": HEAD + "agents:\n  a0:\n    instructions: |\n      " + "{{ " * 200_000 + "\n",
    "open variables": HEAD + "agents:\n  a0: {instructions: '" + "${A:-" * 100_000 + "'}\n",
    "open variables in vars": HEAD
    + "vars: {a: '"
    + "${A:-" * 100_000
    + "'}\nagents: {a0: {instructions: Hi.}}\n",
}


@pytest.mark.parametrize("kind", FILES)
def test_a_hostile_file_is_loaded_in_a_few_seconds_of_cpu(kind: str) -> None:
    start = time.process_time()
    read_team(FILES[kind], environ={})
    assert time.process_time() - start < 8
