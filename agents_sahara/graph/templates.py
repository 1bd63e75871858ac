"""`{{ name }}`: the only template of the format, in texts that models read.

`{{{{` gives a literal `{{`; an inserted value is never looked at again. No expressions, no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.variables import DOLLAR
from agents_sahara.source.nodes import Spot
from agents_sahara.source.within import find_words
from agents_sahara.spec.names import is_key, normal

_MOST_PROBLEMS = 20
"""Listed for one text; finding their places takes time."""

_TOKEN = re.compile(r"\{\{\{\{|\{\{\s*+(?P<name>[^{}\s]++)\s*+\}\}|\{\{")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and where it stands."""

    text: str
    place: Place
    is_file: bool = False
    """Whether `place` is a whole file with exactly this text."""


class Templates:
    """Fills in variables, and remembers which were used."""

    def __init__(self, values: Mapping[str, str | None], around: Surroundings) -> None:
        self._values = values
        self._around = around
        self._problems = 0
        self.used: set[str] = set()

    def filled(self, text: str, spot: Spot) -> str:
        """As `fill_in`, for a text of which only the spot is known as long as nothing in it is to be filled in."""
        return self.fill_in(Passage(text, spot.place)) if "{{" in text or "${" in text else text

    def fill_in(self, passage: Passage) -> str:
        """The text with its variables; what cannot be filled in is reported and left empty."""
        text = passage.text
        self._problems = 0
        if "${" in text:
            self._warn_of_dollars(passage)
        if "{{" not in text:
            return text
        parts: list[str] = []
        end = 0
        for token in _TOKEN.finditer(text):
            parts += text[end : token.start()], self._value(token, passage)
            end = token.end()
        return "".join((*parts, text[end:]))

    def _value(self, token: re.Match[str], passage: Passage) -> str:
        if token[0] == "{{{{":
            return "{{"
        name = normal(token["name"] or "")
        if not is_key(name):
            mend = "write {{ name }} with a name of `vars`; {{{{ gives a literal {{"
            self._report("bad-template", token, passage, f"{_shown(token, passage)} inserts nothing", mend)
            return ""
        self.used.add(name)
        if name not in self._values:
            mend = did_you_mean(name, self._values, what="variables")
            message = f"there is no variable {name!r}"
            self._report("unknown-var", token, passage, message, mend)
        return self._values.get(name) or ""

    def _warn_of_dollars(self, passage: Passage) -> None:
        for match in DOLLAR.finditer(passage.text):
            message = f"{match[0]!r} stays as it is: texts for models never read the environment"
            mend = "put it into `vars` and insert it with {{ name }}"
            self._report("dollar-in-text", match, passage, message, mend)

    def _report(self, rule: str, match: re.Match[str], passage: Passage, message: str, mend: str) -> None:
        self._problems += 1
        if self._problems <= _MOST_PROBLEMS:
            self._around.report.add(rule, self._place(match, passage), message, mend=mend)

    def _place(self, match: re.Match[str], passage: Passage) -> Place:
        if passage.is_file:
            return _at(passage.text, match.start(), match.end(), passage.place.file)
        lines = self._around.files.lines(passage.place.file)
        count = passage.text.count(match[0], 0, match.start())
        return find_words(lines, passage.place, match[0], count) or passage.place


def _shown(token: re.Match[str], passage: Passage) -> str:
    return repr(token[0] if len(token[0]) > 2 else passage.text[token.start() : token.start() + 20])


def _at(text: str, start: int, end: int, file: str) -> Place:
    first = text.rfind("\n", 0, start) + 1
    line = text.count("\n", 0, start) + 1
    return Place(file, line, start - first + 1, line, end - first + 1)
