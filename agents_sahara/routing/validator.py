"""The judge of JSON Schema, from the library `jsonschema`: nothing is fetched, and patterns take linear time.

Only `fitting` imports this, and only where a team has a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache

import regex
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as Unfit
from jsonschema.validators import extend
from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema
from referencing import Registry

from agents_sahara.types import JsonObject

_PATTERN_S = 0.25


def validator_of(schema: JsonObject) -> Draft202012Validator:
    """Judges values; `schema` must be a valid one."""
    return _judge()(schema, format_checker=Draft202012Validator.FORMAT_CHECKER, registry=Registry())


@cache
def _judge() -> Callable[..., Draft202012Validator]:
    """The class of judges, which costs more to make than most schemas to judge by."""
    made: Callable[..., Draft202012Validator] = extend(  # type: ignore[no-untyped-call]  # its stubs leave it open
        Draft202012Validator, {"pattern": _pattern}
    )
    return made


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[Unfit]:
    if isinstance(instance, str) and not _search(pattern)(instance):
        yield Unfit("the text does not have the pattern, as far as that can be told in time")


@lru_cache(maxsize=256)
def _search(pattern: str) -> Callable[[str], object]:
    """Looks for `pattern` in time that grows with the text alone, where it looks neither around nor back.

    pydantic-core has the engine of Rust, which never tries one place twice; a pattern that it cannot run goes to
    `regex`, which can be stopped (pydantic-core 2.50 and regex 2026.11, checked 2026-11-28).
    """
    try:
        linear = SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return _in_time(regex.compile(pattern))

    def search(text: str) -> bool:
        try:
            linear.validate_python(text)
        except ValidationError:
            return False
        return True

    return search


def _in_time(pattern: regex.Pattern[str]) -> Callable[[str], object]:
    def search(text: str) -> bool:
        try:
            return pattern.search(text, timeout=_PATTERN_S) is not None
        except TimeoutError:
            return False

    return search
