"""How an answer that must fit a schema is asked for, and what becomes of one that does not fit.

Three rungs: `schema` (`response_format` with the schema), `object` (any JSON object, the schema told in words) and
`prompt` (words alone). Where the file leaves it open, a provider that refuses one is asked on the next for the rest
of the team's life. Works on chat requests and on text; makes no call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from agents_sahara.routing.fitting import Fitting, MisfitJsonError, bare
from agents_sahara.routing.health import Pair
from agents_sahara.types import JsonObject

Rung: TypeAlias = Literal["schema", "object", "prompt"]
Way: TypeAlias = Literal["auto", "schema", "object", "prompt"]
"""What the file says: one rung, or `auto`."""

_RUNGS: tuple[Rung, ...] = ("schema", "object", "prompt")

_MOST_QUOTED = 8_000
"""Characters of an answer that are shown to the model again."""

_NAMES_FORMAT = (
    "response_format",
    "response format",
    "json_schema",
    "json schema",
    "json_object",
    "structured",
)
"""What a refusal says that is about the format."""

_WORDS = (
    "Your final answer must be one JSON value that fits this JSON Schema, and nothing else: no other text, no code "
    "fence.\n{schema}"
)
_REPAIR = (
    "That answer cannot be used, because it must be JSON that fits the schema: {reason}. Answer again with the "
    "corrected JSON alone: no other text, no code fence."
)


@dataclass(frozen=True, slots=True)
class OutputShape:
    """What an agent's answers must be."""

    fitting: Fitting
    is_strict: bool
    """Whether providers may be asked to enforce the schema word by word."""

    @property
    def is_object(self) -> bool:
        """Whether only an object can fit, as `json_object` gives."""
        return self.fitting.schema.get("type") == "object"


class Ladder:
    """What providers refused or passed over so far, for `auto`."""

    def __init__(self) -> None:
        self._refused: set[tuple[Pair, Rung]] = set()
        self._unheeding: set[Pair] = set()
        """Pairs that gave no JSON although it was asked for by `response_format`: they are told in words too."""

    def forget(self, provider: str) -> None:
        """Nothing is known of `provider` any more."""
        self._refused = {known for known in self._refused if known[0].provider != provider}
        self._unheeding = {pair for pair in self._unheeding if pair.provider != provider}

    def rung(self, pair: Pair, way: Way, shape: OutputShape) -> Rung:
        """How `pair` is asked now."""
        if way != "auto":
            return way
        open_rungs = _RUNGS if shape.is_object else ("prompt",)
        return next(rung for rung in open_rungs if rung == "prompt" or (pair, rung) not in self._refused)

    def refused(self, pair: Pair, request: Mapping[str, Any], said: str) -> bool:
        """Learn from a 400 that said so; whether it is about the format that was asked for."""
        rung = _rung_of(request.get("response_format"))
        if rung is None or not any(name in said.lower() for name in _NAMES_FORMAT):
            return False
        self._refused.add((pair, rung))
        return True

    def is_told(self, pair: Pair, rung: Rung) -> bool:
        """Whether the schema is said in words."""
        return rung != "schema" or pair in self._unheeding

    def passed_over(self, pair: Pair) -> None:
        """Note that `pair` answered without a thought for `response_format`."""
        self._unheeding.add(pair)


def _rung_of(form: object) -> Rung | None:
    kind = form.get("type") if isinstance(form, Mapping) else None
    return {"json_schema": "schema", "json_object": "object"}.get(str(kind))  # type: ignore[return-value]  # both are


def asking(
    request: Mapping[str, Any],
    shape: OutputShape,
    rung: Rung,
    *,
    in_words: bool,
    repair: Sequence[JsonObject],
) -> dict[str, Any]:
    """`request`, which the SDK has made for the rung `schema`, for `rung`; with what a repair adds to it."""
    made = dict(request)
    if rung == "object":
        made["response_format"] = {"type": "json_object"}
    elif rung == "prompt":
        made.pop("response_format", None)
    if in_words:
        made["messages"] = with_system(made["messages"], _in_words(shape))
    if repair:
        made["messages"] = [*made["messages"], *repair]
    return made


def _in_words(shape: OutputShape) -> str:
    return _WORDS.format(schema=json.dumps(shape.fitting.schema, ensure_ascii=False))


def with_system(messages: Sequence[JsonObject], text: str) -> list[JsonObject]:
    """`messages` with `text` in the system message that stands first: some models take only one, and only there.

    Anthropic and Bedrock refuse any other (ai-sdk-tools pull request 133, checked 2026-11-28).
    """
    first = messages[0] if messages else {}
    content = first.get("content")
    if first.get("role") == "system" and isinstance(content, str):
        return [{**first, "content": f"{content}\n\n{text}"}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def fitted(text: str, shape: OutputShape) -> str:
    """The JSON in an answer that fits.

    Raises:
        MisfitJsonError: there is none.
    """
    return shape.fitting.read(text)[0]


def is_json(text: str) -> bool:
    """Whether an answer at least tries to be JSON."""
    return bare(text)[:1] in ("{", "[", '"') or bare(text).replace(".", "", 1).lstrip("-").isdigit()


def repair(text: str, reason: MisfitJsonError) -> tuple[JsonObject, ...]:
    """What is said to a model whose answer did not fit."""
    shown = text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}..."
    return (
        {"role": "assistant", "content": shown},
        {"role": "user", "content": _REPAIR.format(reason=reason)},
    )


_STRICT_WORDS = frozenset({
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs",
    "definitions", "title", "description", "pattern", "format", "multipleOf", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
})  # fmt: skip


def can_be_strict(schema: JsonObject) -> bool:
    """Whether the schema may be sent as `strict` without changing what it means.

    Strict means (OpenAI, "Structured Outputs", supported schemas, checked 2026-11-28): an object at the root, every
    object closed and all of its properties required, and only some words.
    """
    return schema.get("type") == "object" and _is_strict(schema)


def _is_strict(schema: object) -> bool:
    if not isinstance(schema, Mapping) or not schema.keys() <= _STRICT_WORDS:
        return False
    if not schema.keys() & {"type", "anyOf", "$ref"}:
        return False
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else list(kind or ())
    if "object" in kinds and not _is_closed(schema):
        return False
    if "array" in kinds and "items" not in schema:
        return False
    return all(_is_strict(inner) for inner in _inner(schema))


def _is_closed(schema: Mapping[str, Any]) -> bool:
    named = set(schema.get("properties") or ())
    return schema.get("additionalProperties") is False and set(schema.get("required") or ()) == named


def _inner(schema: Mapping[str, Any]) -> list[object]:
    inner = [
        part for name in ("properties", "$defs", "definitions") for part in (schema.get(name) or {}).values()
    ]
    return [*inner, *(schema.get("anyOf") or ()), *([schema["items"]] if "items" in schema else [])]
