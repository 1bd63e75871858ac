"""Arguments for a function tool, read from the user's message by the tool's schema; no guesses.

A value is taken only where the message plainly has one of its kind: a number, a date, a quoted text, a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.schema import smallest
from agents_sahara.emulator.brain.text import capped, fold, words
from agents_sahara.types import Json, JsonObject

_EMAIL = Expression(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL = Expression(r"https?://[^\s<>\"']+")
_DATE = Expression(r"\b\d{4}-\d{2}-\d{2}\b")
_DATE_TIME = Expression(r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?")
_TIME = Expression(r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b")
_QUOTED = Expression(
    r"[\"“„«]\s*([^\"”“»]{1,300}?)\s*[\"”“»]|(?<!\w)['\u2018]([^'\u2019]{1,300})['\u2019](?!\w)"
)
_NUMBER = Expression(r"(?<![\w.,-])[-+]?\d{1,15}(?:[.,]\d{1,6})?(?![\w]|[.,]\d|-\d)")
_ID = Expression(r"(?<![\w-])#?(?=[A-Za-z-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![\w-])")
_PHONE = Expression(r"(?<![\w])\+?\d[\d ()/-]{5,18}\d(?!\w)")
_PROPER = Expression(
    r"(?:\b(?:in|at|for|to|from|near|of|about|en|a|à|au|de|para|desde|pour|in|nach|von|aus|für|di|da"
    r"|per|em|no|na)\s+)"
    r"((?:[A-ZÀ-ÞŁŚŽ][\w'\u2019-]+)(?:\s+(?:de|da|do|del|la|le|of|am|on|the)?\s?[A-ZÀ-ÞŁŚŽ][\w'\u2019-]+){0,4})"
)
_CAPITALISED = Expression(r"(?<=[a-zß-ÿ,:] )([A-ZÀ-ÞŁŚŽ][\w'\u2019-]+(?:\s+[A-ZÀ-ÞŁŚŽ][\w'\u2019-]+){0,4})")
_ID_NAME = Expression(
    r"(^|_)(id|ids|number|no|nr|num|code|ref|reference|sku|ticket|tracking|numero|pedido|order|account"
    r"|iban)(_|$)"
)
_FREE_TEXT = Expression(
    r"(^|_)(query|question|text|message|prompt|input|content|description|request|search|topic|reason"
    r"|body|summary|details"
    r"|comment|note|notes|term|terms|keywords?|phrase|sentence|consulta|pregunta|mensaje|texto|frage"
    r"|domanda|pergunta)(_|$)"
)
_YES = Expression(r"\b(yes|true|on|enable|please do|si|sim|oui|ja|with|con|avec|mit|com)\b")
_NO = Expression(r"\b(no|not|false|off|disable|without|non|nein|nicht|nao|sin|sans|ohne|senza|sem)\b")


@dataclass(slots=True)
class _Source:
    """The message, and which of its values are already used for another argument."""

    text: str
    used: set[str] = field(default_factory=set)

    def take(self, pattern: Expression) -> str | None:
        for match in pattern.finditer(self.text):
            value = next((group for group in match.groups() if group), match[0]).strip()
            if value and value not in self.used:
                self.used.add(value)
                return value
        return None


def arguments_for(schema: JsonObject, message: str) -> JsonObject | None:
    """The arguments that `message` gives for `schema`; None where a required one is missing."""
    source = _Source(capped(message))
    properties = schema.get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    needed = [name for name in required if isinstance(name, str)] if isinstance(required, Sequence) else []
    found: dict[str, Json] = {}
    for name in sorted(known, key=lambda name: _order(name, known[name], needed)):
        value = _value(name, known[name], source, is_needed=name in needed)
        if value is not None:
            found[name] = value
    if any(name not in found and not _allows_null(known.get(name)) for name in needed):
        return None
    return {name: found.get(name) for name in known if name in found or name in needed}


def forced_arguments(schema: JsonObject, message: str) -> JsonObject:
    """Arguments for a tool that must be called: what the message gives, the smallest legal value for the rest."""
    found = arguments_for({**schema, "required": []}, message) or {}
    least = smallest({**schema, "type": "object"})
    return {
        **(least if isinstance(least, Mapping) else {}),
        **{k: v for k, v in found.items() if v is not None},
    }


def _order(name: str, schema: Json, needed: Sequence[str]) -> tuple[int, int]:
    """The pickiest arguments choose first: an e-mail address is also a text."""
    kind, shape = _kind(schema)
    rank = {"boolean": 0, "integer": 3, "number": 4, "array": 6, "object": 7}.get(kind, 5)
    if "enum" in shape or "const" in shape:
        rank = 0
    elif kind == "string" and ("format" in shape or "pattern" in shape or "email" in name):
        rank = 1
    elif kind == "string" and _ID_NAME.search(fold(name)):
        rank = 2
    elif kind == "string" and _FREE_TEXT.search(fold(name)):
        rank = 8
    return (0 if name in needed else 1, rank)


def _kind(schema: Json) -> tuple[str, JsonObject]:
    """The type of an argument, seen through `anyOf` with null and lists of types."""
    if not isinstance(schema, Mapping):
        return "string", {}
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, Sequence) and not isinstance(options, str):
        shapes = [item for item in options if isinstance(item, Mapping) and item.get("type") != "null"]
        if shapes:
            return _kind(shapes[0])
    kind = schema.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        kind = next((item for item in kind if item != "null"), "string")
    return (kind if isinstance(kind, str) else "string"), schema


def _allows_null(schema: Json) -> bool:
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    nulls = [item for item in options if isinstance(item, Mapping)] if isinstance(options, Sequence) else []
    return (isinstance(kind, Sequence) and not isinstance(kind, str) and "null" in kind) or any(
        item.get("type") == "null" for item in nulls
    )


def _value(name: str, schema: Json, source: _Source, *, is_needed: bool) -> Json:
    kind, shape = _kind(schema)
    if "const" in shape:
        return shape["const"]
    if isinstance(choices := shape.get("enum"), Sequence) and not isinstance(choices, str):
        return _choice(choices, source.text)
    if kind in {"integer", "number"}:
        return _number(kind, shape, source)
    if kind == "boolean":
        return _truth(name, source.text) if is_needed or _is_mentioned(name, source.text) else None
    if kind == "string":
        return _text(fold(name), shape, source, is_needed=is_needed)
    if kind == "array":
        item = _value(name.removesuffix("s"), shape.get("items"), source, is_needed=is_needed)
        return [item] if item is not None else ([] if is_needed and not shape.get("minItems") else None)
    if kind == "object" and is_needed:
        return arguments_for(shape, source.text)
    return None


def _choice(choices: Sequence[Json], message: str) -> Json:
    """The choice that the message names, the longest first, so that 'very high' beats 'high'."""
    said = f" {' '.join(words(fold(message)))} "
    texts = [choice for choice in choices if isinstance(choice, str) and words(choice)]
    named = [choice for choice in texts if f" {' '.join(words(fold(choice)))} " in said]
    if named:
        return max(named, key=len)
    stems = [choice for choice in texts if len(choice) > 3 and f" {fold(choice)}" in said]
    numbers = [choice for choice in choices if isinstance(choice, int) and f" {choice} " in said]
    if stems:
        return stems[0]
    return numbers[0] if numbers else None


def _number(kind: str, shape: JsonObject, source: _Source) -> int | float | None:
    for match in _NUMBER.finditer(source.text):
        value = float(match[0].replace(",", "."))
        is_legal = (kind == "number" or value == int(value)) and _is_within(value, shape)
        if is_legal and match[0] not in source.used:
            source.used.add(match[0])
            return int(value) if kind == "integer" or ("." not in match[0] and "," not in match[0]) else value
    return None


def _is_within(value: float, shape: JsonObject) -> bool:
    low, high = shape.get("minimum"), shape.get("maximum")
    return (not isinstance(low, int | float) or value >= low) and (
        not isinstance(high, int | float) or value <= high
    )


def _truth(name: str, message: str) -> bool | None:
    folded = fold(message)
    if _NO.search(folded):
        return False
    return True if _YES.search(folded) or _is_mentioned(name, message) else None


def _is_mentioned(name: str, message: str) -> bool:
    said = set(words(fold(message)))
    return any(part in said for part in words(fold(name)) if len(part) > 3)


def _text(name: str, shape: JsonObject, source: _Source, *, is_needed: bool) -> str | None:
    by_format = {
        "date": _DATE,
        "date-time": _DATE_TIME,
        "time": _TIME,
        "email": _EMAIL,
        "uri": _URL,
        "url": _URL,
    }
    pattern = by_format.get(str(shape.get("format"))) or _by_name(name)
    if isinstance(shape.get("pattern"), str):
        pattern = _compiled(str(shape["pattern"]))
    if pattern is not None:
        value = source.take(pattern)
        return value.lstrip("#") if value and pattern is _ID else value
    if quoted := source.take(_QUOTED):
        return quoted
    if _FREE_TEXT.search(name):
        return source.text.strip() if is_needed and source.text.strip() else None
    if not is_needed:
        return None
    return source.take(_PROPER) or source.take(_CAPITALISED)


def _by_name(name: str) -> Expression | None:
    """What kind of value the name of a text argument asks for."""
    if "mail" in name:
        return _EMAIL
    if re.search(r"(^|_)(url|link|website|uri)(_|$)", name):
        return _URL
    if re.search(r"(^|_)(date|day|fecha|datum|data|check_in|check_out)(_|$)", name):
        return _DATE
    if re.search(r"(^|_)(phone|telephone|mobile|telefono|telefon)(_|$)", name):
        return _PHONE
    return _ID if _ID_NAME.search(name) else None


def _compiled(pattern: str) -> Expression:
    """The schema's own pattern, without its anchors, where it is simple enough to search a message with."""
    bare = pattern.removeprefix("^").removesuffix("$")
    is_simple = len(bare) <= 100 and not re.search(r"[()|]|[*+}]\??[*+{]", bare)
    try:
        re.compile(bare)
    except re.error:
        return _ID
    return Expression(rf"(?<!\w){bare}(?!\w)") if is_simple else _ID
