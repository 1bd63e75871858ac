"""Properties of reading: plain data survives, both parsers agree, and no text raises."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.render import render
from agents_sahara.source.compose import compose
from agents_sahara.source.text import BAD_CHARACTER, BAD_ESCAPED
from tests.test_source.hostile import TEXTS
from tests.test_source.reading import flat, value_of

EXAMPLES = settings(max_examples=200, deadline=None)

_characters = st.characters(exclude_categories=["Cs"])
_texts = st.text(_characters, max_size=12).filter(lambda text: not BAD_ESCAPED.search(text))
_keys = _texts.map(lambda text: unicodedata.normalize("NFC", text))
_scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e300, 1e300) | _texts
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=20,
)
_mappings = st.dictionaries(_keys, _values, min_size=1, max_size=4)

SOUP = [
    *"[]{}:,-?|>&*!%@`'\"#~ \t\n\r\\",
    "a",
    "é",
    "😀",
    "\x00",
    "<<",
    "key: ",
    "- ",
    "\n  ",
    '"\\',
    "!!int ",
    "&x ",
    "*x",
]
"""What a text is cooked from when it should trip a parser often."""

SEED_TEXT = r"""version: 1
entry: triage
agents:
  triage:
    instructions: 'Route it''s way.'
    handoffs: [billing, orders]
  billing: &b {instructions: "Say \"hi\" \u00e9", settings: {temperature: 0.2}}
  orders:
    instructions: |
      Be short.

      Be kind.
    model: {use: fast, settings: {stop: [a, b]}}
  copy: *b
"""


@EXAMPLES
@given(_mappings, st.booleans())
def test_plain_data_survives_json(data: dict[str, object], is_ascii: bool) -> None:
    """JSON is YAML 1.2, but for surrogate pairs written as escapes and separators written raw."""
    text = json.dumps(data, ensure_ascii=is_ascii)
    if "\\ud8" not in text.lower() and not ("\\ud" in text.lower() or BAD_CHARACTER.search(text)):
        assert value_of(text) == data


@EXAMPLES
@given(_mappings, st.booleans())
def test_plain_data_survives_a_yaml_1_1_writer(data: dict[str, object], is_flow: bool) -> None:
    """What YAML 1.1 has to quote, 1.2 reads alike; the reverse is 1.2's `0o7` and `1e3`, which are left out."""
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=is_flow, sort_keys=False)
    if _only_1_2(data):
        assert value_of(text) == data


def _only_1_2(value: object) -> bool:
    """Whether every string in the data that a 1.1 writer left plain is a string in 1.2 as well."""
    if isinstance(value, dict):
        return all(_only_1_2(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_only_1_2, value))
    return not isinstance(value, str) or not value.lstrip("+-")[:1].isdigit() or value.isdecimal()


@EXAMPLES
@given(st.text(st.characters(), max_size=60) | st.lists(st.sampled_from(SOUP), max_size=40).map("".join))
def test_no_text_raises_and_what_both_parsers_take_is_the_same_tree(text: str) -> None:
    _read_both_ways(text)


@EXAMPLES
@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    _read_both_ways(data)


def _mutants(seed: int, count: int) -> Iterator[str]:
    """Texts that were good, or nearly, and had a few pieces cut, doubled, swapped or replaced."""
    rng = random.Random(seed)
    stock = [SEED_TEXT, *(text for text, _ in TEXTS.values() if isinstance(text, str) and len(text) < 300)]
    for _ in range(count):
        text = rng.choice(stock) if rng.random() < 0.3 else SEED_TEXT
        for _ in range(rng.randint(1, 4)):
            start = rng.randint(0, len(text))
            end = start if rng.random() < 0.5 else min(len(text), start + rng.randint(1, 6))
            text = text[:start] + rng.choice([*SOUP, "", text[start:end] * 2]) + text[end:]
        yield text


@pytest.mark.parametrize("seed", range(4))
def test_mutated_teams_never_raise_and_always_show_a_place_inside_the_file(seed: int) -> None:
    for text in _mutants(seed, 500):
        _read_both_ways(text)


@pytest.mark.long
def test_two_hundred_thousand_mutated_teams_never_raise() -> None:
    for text in _mutants(99, 200_000):
        _read_both_ways(text)


def _read_both_ways(text: str | bytes) -> None:
    reports = {libyaml: Report() for libyaml in (True, False)}
    trees = [compose(text, "f", report, libyaml=libyaml) for libyaml, report in reports.items()]
    if not any(report.has_errors for report in reports.values()):
        assert flat(trees[0]) == flat(trees[1])
    for report, tree in zip(reports.values(), trees, strict=True):
        assert tree is not None or report.has_errors
        _is_fit_to_show(report, text)


def _is_fit_to_show(report: Report, text: str | bytes) -> None:
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    lines = shown.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for finding in report.sorted():
        assert 1 <= finding.place.line <= lines
        assert finding.place.column >= 1
        assert finding.place[1:3] <= finding.place[3:5]
        assert finding.mend
    drawn = render(report.sorted(), format="text", texts={"f": shown}, files=1)
    assert drawn.replace("\n", "").isprintable() or "\u3000" in drawn
