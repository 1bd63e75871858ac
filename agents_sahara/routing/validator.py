"""The judge of JSON Schema, from the library `jsonschema`: nothing is fetched, and patterns take linear time.

Only `fitting` imports this, and only where a team has a schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as Unfit
from jsonschema.validators import extend
from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema
from referencing import Registry

from agents_sahara.types import JsonObject


def validator_of(schema: JsonObject) -> Draft202012Validator:
    """Judges values; `schema` must be a valid one."""
    judge: Callable[..., Draft202012Validator] = extend(  # type: ignore[no-untyped-call]  # its stubs leave it open
        Draft202012Validator, {"pattern": _pattern}
    )
    return judge(schema, format_checker=Draft202012Validator.FORMAT_CHECKER, registry=Registry())


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[Unfit]:
    if isinstance(instance, str) and not _search(pattern)(instance):
        yield Unfit("the text does not have the pattern")


@lru_cache(maxsize=256)
def _search(pattern: str) -> Callable[[str], object]:
    """Looks for `pattern` in time that grows with the text alone, where it looks neither around nor back.

    pydantic-core has the engine of Rust, which never tries one place twice; a pattern that it cannot run goes to
    Python's own (pydantic-core 2.50, checked 2026-11-28).
    """
    try:
        linear = SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return re.compile(pattern).search

    def search(text: str) -> bool:
        try:
            linear.validate_python(text)
        except ValidationError:
            return False
        return True

    return search
