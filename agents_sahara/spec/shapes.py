"""What one value of the file may look like: it reads a node, and it draws itself as JSON Schema.

Reading and drawing stand side by side in each shape, so that loader and schema cannot disagree.
This file has the single values, `containers` the lists and maps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.suggest import did_you_mean, nearest
from agents_sahara.source import nodes
from agents_sahara.source.compose import to_json
from agents_sahara.types import Json

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Drawn = dict[str, Json]
"""A JSON Schema, draft-07."""


class Reading:
    """One pass over a tree: where findings go, and whether keys may be missing."""

    __slots__ = ("_judged", "is_partial", "known", "report")

    def __init__(
        self, report: Report, *, is_partial: bool = False, known: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.report = report
        self.is_partial = is_partial
        """Whether the tree is one layer of several (an included file, a profile): nothing is required."""
        self.known = known or {}
        """Words to suggest, by the kind of text that they could be."""
        self._judged = {finding.place[:3] for finding in report.sorted()}

    def is_judged(self, node: nodes.Node) -> bool:
        """Whether something was found here before the reading began, such as a mistake in the YAML."""
        return bool(self._judged) and node.place[:3] in self._judged

    def whole(self) -> Reading:
        """The same for something that no other layer completes, such as an item of a list."""
        return self._copy(is_partial=False) if self.is_partial else self

    def partial(self) -> Reading:
        """The same for a layer of which nothing is required."""
        return self if self.is_partial else self._copy(is_partial=True)

    def _copy(self, *, is_partial: bool) -> Reading:
        copy = Reading(Report(), is_partial=is_partial, known=self.known)
        copy.report, copy._judged = self.report, self._judged
        return copy


class Drawing:
    """One schema in the making; records gather in `definitions`."""

    __slots__ = ("definitions", "is_partial")

    def __init__(self, definitions: dict[str, Drawn] | None = None, *, is_partial: bool = False) -> None:
        self.definitions = {} if definitions is None else definitions
        self.is_partial = is_partial

    def whole(self) -> Drawing:
        """The same for something that no other layer completes."""
        return Drawing(self.definitions) if self.is_partial else self

    def partial(self) -> Drawing:
        """The same for a layer of which nothing is required."""
        return Drawing(self.definitions, is_partial=True)


class Shape(Protocol[T_co]):
    """What a value may look like."""

    noun: str
    """What is expected, as in "must be a list"."""

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> T_co | None:
        """The value, or None after a finding said why not; `owner` is the key it stands behind."""
        ...

    def draw(self, drawing: Drawing) -> Drawn:
        """The same as JSON Schema."""
        ...


def label(owner: nodes.Scalar | None) -> str:
    """The name of a value in a message: the key it stands behind."""
    return "the team file" if owner is None else repr(owner.text)


def refuse_type(
    node: nodes.Node, owner: nodes.Scalar | None, noun: str, reading: Reading, *, title: str = ""
) -> None:
    """Report a value of the wrong type, or one that is missing behind its key; `title` is what to call it."""
    if reading.is_judged(node):
        return
    if isinstance(node, nodes.Scalar) and node.value is None:
        message = f"{label(owner)} has no value"
        mend = f"write {noun} behind it, or remove the key"
        reading.report.add("null-value", node.place if owner is None else owner.place, message, mend=mend)
        return
    message = f"{title or label(owner)} must be {noun}, not {_described(node)}"
    reading.report.add("wrong-type", node.place, message, mend=_type_mend(node, noun))


def _described(node: nodes.Node) -> str:
    if isinstance(node, nodes.Mapping):
        return "a map"
    if isinstance(node, nodes.Sequence):
        return "a list"
    kind = {str: "the text ", bool: "the truth value ", int: "the number ", float: "the number "}
    return kind[type(node.value)] + (repr(node.text) if isinstance(node.value, str) else node.text)


def _type_mend(node: nodes.Node, noun: str) -> str:
    if not isinstance(node, nodes.Scalar):
        return f"write {noun} here"
    if noun.startswith("text") and not isinstance(node.value, str):
        return f'put it in quotes: "{node.text}"'
    if noun.startswith("a list"):
        return f"put it in brackets: [{node.text}]"
    if noun == "true or false":
        return _truth_mend(node.text)
    if "number" in noun and node.is_quoted:
        return "write it without quotes"
    return f"write {noun} here"


def _truth_mend(text: str) -> str:
    word = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(text.lower(), text.lower())
    if word in ("true", "false"):
        return f"write {word}, without quotes"
    return did_you_mean(word, ("true", "false"), what="values")


BLANK = r"\S"
"""The pattern of text that says something."""


class Text:
    """A string; blank ones are refused unless `may_be_blank`."""

    noun = "text"

    def __init__(
        self,
        *,
        pattern: str = "",
        rule: str = "",
        expects: str = "",
        most: int = 0,
        may_be_blank: bool = False,
        later: tuple[str, ...] = (),
        kind: str = "",
        may_be_secret: bool = False,
    ) -> None:
        self._kind = kind
        self._may_be_secret = may_be_secret
        self._pattern = re.compile(pattern) if pattern else None
        self._rule = rule
        self._expects = expects
        self._most = most
        self._may_be_blank = may_be_blank
        self._later = later

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> str | None:
        """The text, when it has the pattern and length that this shape asks for."""
        if not isinstance(node, nodes.Scalar) or not isinstance(node.value, str):
            refuse_type(node, owner, self.noun, reading)
            return None
        text = node.value
        problem = self._problem(text)
        if problem is None:
            return text
        rule, message, mend = problem
        near = nearest(text, reading.known.get(self._kind, ()))
        if near:
            mend = f"did you mean {near!r}? Otherwise {mend}"
        reading.report.add(rule, node.place, f"{label(owner)} {message}", mend=mend)
        return None

    def plain(self, node: nodes.Node) -> str | None:
        """The text where there is nothing to say about it; None leaves it to `read`."""
        text = node.value if isinstance(node, nodes.Scalar) else None
        return text if isinstance(text, str) and self._problem(text) is None else None

    def _problem(self, text: str) -> tuple[str, str, str] | None:
        if not self._may_be_blank and not text.strip():
            return "empty-text", "is empty", "write something, or remove the key where it may be missing"
        if self._most and len(text) > self._most:
            return "too-long", f"has {len(text)} characters; at most {self._most} are allowed", "shorten it"
        if text in self._later:
            message = f"is {text!r}, which is part of the format but not supported yet by this version"
            return "not-supported-yet", message, "name one"
        if self._pattern and not self._pattern.search(text):
            shown = "holds a text that it cannot hold" if self._may_be_secret else f"cannot be {_short(text)}"
            return self._rule, shown, f"write {self._expects}"
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """A string with pattern and length."""
        drawn: Drawn = {"type": "string"}
        if self._pattern:
            drawn["pattern"] = self._pattern.pattern
        elif not self._may_be_blank:
            drawn["pattern"] = BLANK
        if self._most:
            drawn["maxLength"] = self._most
        if self._later:
            drawn["not"] = {"enum": list(self._later)}
        return drawn


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


class Number:
    """A number between two bounds, both included; whole where `is_whole`."""

    def __init__(
        self, least: float, most: float, *, is_whole: bool = False, rule: str = "out-of-range"
    ) -> None:
        self.noun = "a whole number" if is_whole else "a number"
        self._least = least
        self._most = most
        self._is_whole = is_whole
        self._rule = rule

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> float | None:
        """The number; `8.0` counts as whole, as JSON Schema has it."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if isinstance(value, float) and value.is_integer() and self._is_whole:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int if self._is_whole else (int, float)):
            refuse_type(node, owner, self.noun, reading)
            return None
        if self._least <= value <= self._most:
            return value
        shown = nodes_text(node)
        if self._least == self._most:
            message, mend = f"{label(owner)} is {shown}", f"write {self._least}: this version knows no other"
        else:
            message = f"{label(owner)} is {shown}, outside {self._least} to {self._most}"
            mend = f"write {self.noun} from {self._least} to {self._most}"
        reading.report.add(self._rule, node.place, message, mend=mend)
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """A number or integer with both bounds."""
        if self._least == self._most:
            return {"const": self._least}
        kind = "integer" if self._is_whole else "number"
        return {"type": kind, "minimum": self._least, "maximum": self._most}


def nodes_text(node: nodes.Node) -> str:
    """A scalar as written, cut where it is long."""
    text = node.text if isinstance(node, nodes.Scalar) else ""
    return text if len(text) <= 40 else text[:37] + "..."


class Whole:
    """A `Number` whose value is an `int`."""

    noun = "a whole number"

    def __init__(self, least: int, most: int, *, rule: str = "out-of-range") -> None:
        self._number = Number(least, most, is_whole=True, rule=rule)

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> int | None:
        """The number."""
        value = self._number.read(node, owner, reading)
        return None if value is None else int(value)

    def draw(self, drawing: Drawing) -> Drawn:
        """An integer with both bounds."""
        return self._number.draw(drawing)


class Truth:
    """`true` or `false`."""

    noun = "true or false"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> bool | None:
        """The truth value."""
        if isinstance(node, nodes.Scalar) and isinstance(node.value, bool):
            return node.value
        refuse_type(node, owner, self.noun, reading)
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """A boolean."""
        return {"type": "boolean"}


class Choice:
    """One of a few words."""

    noun = "text"

    def __init__(self, *words: str) -> None:
        self._words = words

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> str | None:
        """The word."""
        if not isinstance(node, nodes.Scalar) or not isinstance(node.value, str):
            one_of = "one of " if len(self._words) > 1 else "the word "
            refuse_type(node, owner, one_of + ", ".join(self._words), reading)
            return None
        if node.value in self._words:
            return node.value
        message = f"{label(owner)} is {nodes_text(node)!r}, which is none of its values"
        mend = did_you_mean(node.value, self._words, what="values")
        reading.report.add("unknown-value", node.place, message, mend=mend)
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """An enum."""
        return {"enum": list(self._words)}


class Written(Generic[T]):
    """A single value that keeps the node it was read from: `make(node, owner, value)`."""

    def __init__(
        self, shape: Shape[object], make: Callable[[nodes.Node, nodes.Scalar | None, str], T]
    ) -> None:
        self.noun = shape.noun
        self._shape = shape
        self._make = make

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> T | None:
        """What `make` gives for the value."""
        value = self._shape.read(node, owner, reading)
        return None if value is None else self._make(node, owner, str(value))

    def draw(self, drawing: Drawing) -> Drawn:
        """As the shape inside."""
        return self._shape.draw(drawing)


class Plain:
    """A string, number or truth value, taken as text as it is written."""

    noun = "text, a number, true or false"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> str | None:
        """The value as written."""
        if isinstance(node, nodes.Scalar) and node.value is not None:
            return node.text
        refuse_type(node, owner, self.noun, reading)
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """Any scalar but null."""
        return {"type": ["string", "number", "boolean"]}


class AnyJson:
    """Whatever JSON can say, null included."""

    noun = "any value"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> tuple[Json] | None:
        """The plain value, in a tuple because null is one."""
        return (to_json(node),)

    def draw(self, drawing: Drawing) -> Drawn:
        """Everything."""
        return {}


def described(drawn: Mapping[str, Json], doc: str, default: Json = None) -> Drawn:
    """A schema with description and default; a reference is wrapped, as draft-07 ignores what stands beside it."""
    inner: Drawn = {"allOf": [dict(drawn)]} if "$ref" in drawn else dict(drawn)
    if doc:
        inner = {"description": doc} | inner
    if default is not None:
        inner["default"] = default
    return inner
