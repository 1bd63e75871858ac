"""Whether a text is JSON that fits a schema, and in plain words why not.

Reasons name rules of the schema and the names that lead to a place, never a value that a model has written: they end
up in errors and logs.
`format` is judged where it is a plain matter of spelling (dates, addresses), as draft 2020-12 allows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from agents_sahara.types import Json, JsonObject

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError as Unfit

_MOST_REASONS = 5
_MOST_SHOWN = 300
"""Characters of a rule that are shown."""

_FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)\r?\n[ \t]*```", re.DOTALL)
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


class MisfitJsonError(ValueError):
    """A text that is no JSON, or JSON that does not fit; the message says why."""


class Fitting:
    """A schema, ready to judge. Made when it is first needed, as its library takes long to load."""

    def __init__(self, schema: JsonObject) -> None:
        self.schema = schema
        self._validator: Draft202012Validator | None = None

    def read(self, text: str) -> tuple[str, Json]:
        """The JSON in an answer, as it stands there, and its value; a code fence and thoughts before it are left out.

        Raises:
            MisfitJsonError: there is none, or it does not fit.
        """
        inner = bare(text)
        value = read_json(inner)
        self.judge(value)
        return inner, value

    def judge(self, value: Json) -> None:
        """Nothing where `value` fits.

        Raises:
            MisfitJsonError: it does not.
        """
        try:
            reasons = list(dict.fromkeys(_reason(error) for error in self._unfit(value)))
        except RecursionError:
            reasons = ["it is nested too deep"]
        if reasons:
            more = f"; and {len(reasons) - _MOST_REASONS} more" if len(reasons) > _MOST_REASONS else ""
            raise MisfitJsonError("; ".join(reasons[:_MOST_REASONS]) + more)

    def _unfit(self, value: Json) -> Iterator[Unfit]:
        if self._validator is None:
            from agents_sahara.routing.validator import validator_of  # loads for as long as a whole run takes

            self._validator = validator_of(self.schema)
        return self._validator.iter_errors(value)


def bare(text: str) -> str:
    """What of an answer is to be JSON: all of it, or what stands in its only code fence."""
    plain = _THOUGHTS.sub("", text, count=1).strip().removeprefix("\ufeff")
    fenced = _FENCE.findall(plain)
    return fenced[0].strip() if len(fenced) == 1 and not _is_json_begun(plain) else plain


def _is_json_begun(text: str) -> bool:
    """Whether a fence could stand inside a JSON text instead of around it."""
    return text[:1] in ("{", "[", '"')


def read_json(text: str) -> Json:
    """The value of a JSON text, strictly: no `NaN`, no name twice, no number or character that cannot be passed on.

    Raises:
        MisfitJsonError: the text is no such JSON.
    """
    try:
        value: Json = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_without_repeats
        )
        json.dumps(value, ensure_ascii=False).encode()
    except MisfitJsonError:
        raise
    except UnicodeEncodeError:
        raise MisfitJsonError("the JSON holds half a character (a lone surrogate)") from None
    except RecursionError:
        raise MisfitJsonError("the JSON is nested too deep") from None
    except json.JSONDecodeError as error:
        raise MisfitJsonError(
            f"it is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    except ValueError:  # Python reads and writes whole numbers of at most 4,300 digits
        raise MisfitJsonError("the JSON holds a number with too many digits") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise MisfitJsonError(f"it is not JSON: {name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise MisfitJsonError("the JSON holds a number that is too large")
    return value


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise MisfitJsonError("the JSON has a name twice in one object")
    return made


def _reason(error: Unfit) -> str:
    """One rule that is broken, and where."""
    return f"{_place(error.absolute_path)} {_broken(str(error.validator), error.validator_value, error)}"


def _place(path: Iterable[str | int]) -> str:
    shown = "/".join(str(part) for part in path)
    return f"'{shown[:100]}'" if shown else "it"


def _broken(rule: str, allowed: Any, error: Unfit) -> str:  # Any: whatever stands behind a word of a schema
    if rule == "type":
        return f"is not of type {' or '.join([allowed] if isinstance(allowed, str) else allowed)}"
    if rule == "enum":
        return f"is none of {_shown(allowed)}"
    if rule == "const":
        return f"is not {_shown(allowed)}"
    if rule == "required":
        return f"lacks {', '.join(_missing(allowed, error.instance))}"
    if rule in ("additionalProperties", "unevaluatedProperties") and allowed is False:
        return "has properties that the schema does not name"
    if rule in ("anyOf", "oneOf"):
        return f"does not fit exactly one of `{rule}`" if rule == "oneOf" else "fits none of `anyOf`"
    return f"breaks `{rule}`: {_shown(allowed)}"


def _missing(required: Sequence[str], instance: object) -> list[str]:
    return [repr(name) for name in required if isinstance(instance, dict) and name not in instance]


def _shown(allowed: object) -> str:
    text = json.dumps(allowed, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
