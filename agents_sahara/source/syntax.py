"""What a YAML parser's complaint means in plain words, and which place to mend.

The parsers name their own state ("did not find expected <block end>") and the place where they noticed; a reader
needs the mistake, often a line above. Each judge below knows one kind of mistake; the first that speaks is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import yaml

from agents_sahara.diagnostics.finding import Place
from agents_sahara.source.nodes import Scalar
from agents_sahara.source.text import line_start, place_at

MOST_DEPTH: Final = 64
"""Levels of lists and mappings inside each other."""
TOO_DEEP: Final = f"lists and mappings are nested deeper than {MOST_DEPTH} levels"
FLATTER: Final = "write it flatter"

_KEY: Final = re.compile(r"\s*(?:- +)*(?:[^\s#'\"\[{:][^:#]*|'[^']*'|\"[^\"]*\"):(?=\s|$)")
"""A key at the start of a line, with its colon."""
_NO_SPACE: Final = re.compile(r"\s*(?:- +)*[^\s:#'\"\[{]+:(?=[^\s/])")
_BRACKET: Final = re.compile(r"[\[{]")
_CLOSERS: Final = ("]", "}")
_MOST_LINES_BACK: Final = 100
_LONGEST_KEY: Final = 1024
"""Characters; YAML 1.2.2, section 7.4.2."""
_QUOTE_IT: Final = "put the value in quotes"

_AFTER_QUOTE: Final = (
    "write a quote inside the text twice ('it''s'), or use the other kind of quote around it"
)


class Verdict(NamedTuple):
    """The mistake: where it starts, what it is, how to mend it, and under which rule it counts."""

    start: int
    message: str
    mend: str
    rule: str = "yaml-syntax"


@dataclass(frozen=True, slots=True)
class _Complaint:
    """What the parser said, and the text it read."""

    problem: str
    context: str
    index: int
    opened: int
    """Where the construct started that the parser was reading; `index` where it does not say."""
    inside: int
    """Where the innermost list or mapping starts that is still open; `index` where none is."""
    text: str
    last: Scalar | None
    """The last scalar that was read whole."""

    @property
    def char(self) -> str:
        return self.text[self.index : self.index + 1]

    @property
    def before(self) -> str:
        """The line up to the complaint."""
        return self.text[line_start(self.text, self.index) : self.index]

    def indent_at(self, index: int) -> int:
        """Spaces at the start of the line of `index`."""
        start = line_start(self.text, index)
        end = start
        while self.text[end : end + 1] == " ":
            end += 1
        return end - start

    def line_of(self, index: int) -> int:
        """The number of the line of `index`."""
        return place_at(self.text, index, "").line


class Reading(NamedTuple):
    """How far the reader of the events had come."""

    last: Scalar | None
    """The last scalar that was read whole."""
    innermost: int | None
    """Where the innermost list or mapping starts that is still open; None where none is."""


def explain(error: yaml.YAMLError, text: str, file: str, reading: Reading) -> tuple[str, Place, str, str]:
    """Rule, place, message and mend of a parser's error."""
    verdict = _judge(_complaint(error, text, reading))
    return verdict.rule, place_at(text, verdict.start, file), verdict.message, verdict.mend


def _complaint(error: yaml.YAMLError, text: str, reading: Reading) -> _Complaint:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _Complaint(str(error), "", 0, 0, 0, text, reading.last)
    index = error.problem_mark.index
    opened = index if error.context_mark is None else error.context_mark.index
    inside = index if reading.innermost is None else reading.innermost
    return _Complaint(error.problem or "", error.context or "", index, opened, inside, text, reading.last)


def _judge(complaint: _Complaint) -> Verdict:
    for judge in _JUDGES:
        if verdict := judge(complaint):
            return verdict
    return Verdict(complaint.index, f"this is not YAML: {complaint.problem}", "look at the line above, too")


def _depth(said: _Complaint) -> Verdict | None:
    """libyaml 0.2.6 (PyYAML 6.0.4, checked 2026-11-28) gives up at 1,000 levels, before it tells of the first."""
    is_it = said.problem == "exceeded maximum nesting depth"
    return Verdict(said.index, TOO_DEEP, FLATTER, "too-deep") if is_it else None


def _tab(said: _Complaint) -> Verdict | None:
    before = said.before
    if said.char == "\t" and not before.strip():
        index = said.index
    elif "\t" in before and not before.strip():
        index = said.index - len(before) + before.index("\t")
    else:
        return None
    return Verdict(
        index, "a tab indents this line, and YAML is indented with spaces only", "replace the tab by spaces"
    )


def _open_quote(said: _Complaint) -> Verdict | None:
    if "quoted" not in said.context or "unexpected" not in said.problem:
        return None
    quote = said.text[said.opened]
    return Verdict(
        said.opened, f"the quote {quote} that opens here is never closed", f"close it with {quote}"
    )


def _escape(said: _Complaint) -> Verdict | None:
    if "quoted" not in said.context:
        return None
    index = said.text.rfind("\\", 0, said.index + 1)
    if "invalid Unicode" in said.problem:
        message = f"{said.text[index : index + 6]} is no character, but half of a pair"
        return Verdict(index, message, "write the character itself", "bad-character")
    message = f"{said.text[index : index + 2]} is no escape that YAML knows"
    return Verdict(index, message, r"write \\ for a backslash, or use single quotes")


def _reserved(said: _Complaint) -> Verdict | None:
    if "cannot start any token" not in said.problem:
        return None
    return Verdict(
        said.index, f"a value cannot start with {said.char!r}", f'{_QUOTE_IT}, as in "{said.char}..."'
    )


def _anchor(said: _Complaint) -> Verdict | None:
    if said.context not in ("while scanning an alias", "while scanning an anchor"):
        return None
    char = said.text[said.opened]
    kind = "alias" if char == "*" else "anchor"
    return Verdict(
        said.opened,
        f"{char!r} starts the name of an {kind}, and no name follows",
        f"{_QUOTE_IT} if it is a text",
    )


def _tag(said: _Complaint) -> Verdict | None:
    if "tag" not in said.context and "tag handle" not in said.problem:
        return None
    return Verdict(
        said.opened, "this tag cannot be read; '!' starts a tag", f"{_QUOTE_IT} if it is a text", "yaml-tag"
    )


def _block_header(said: _Complaint) -> Verdict | None:
    if "block scalar" not in said.context:
        return None
    char = said.text[said.opened]
    return Verdict(
        said.index,
        f"only an indentation digit, '+' or '-' may follow {char!r}",
        "start the text on the next line",
    )


def _directive(said: _Complaint) -> Verdict | None:
    if "directive" not in said.context and "incompatible" not in said.problem:
        return None
    return Verdict(said.opened, "this '%' line is no directive that can be read", "delete the line")


def _missing_colon(said: _Complaint) -> Verdict | None:
    if "could not find expected ':'" not in said.problem:
        return None
    line = said.text[said.opened :].split("\n", 1)[0].rstrip()
    return _colonless(said.opened, line)


def _second_colon(said: _Complaint) -> Verdict | None:
    if "mapping values are not allowed" not in said.problem:
        return None
    if len(said.before) > _LONGEST_KEY:
        start = said.index - len(said.before.lstrip())
        return Verdict(
            start, f"a key is longer than {_LONGEST_KEY:,} characters", "shorten it, or quote the text"
        )
    if key := _KEY.match(said.before):
        value = said.before[key.end() :].strip()
        if value[:1] in ("'", '"'):
            return Verdict(said.index, "text goes on after the closing quote", _AFTER_QUOTE)
        message = "a second ':' in this line makes its value look like a key"
        return Verdict(said.index, message, f'{_QUOTE_IT}: "{value[:40]}: ..."')
    return _continued_line(said)


def _continued_line(said: _Complaint) -> Verdict:
    """A key that the parser took for the next line of a plain text: find where that text starts."""
    start = line_start(said.text, said.index)
    lone = None
    for _ in range(_MOST_LINES_BACK):
        if start == 0:
            break
        end, start = start, line_start(said.text, start - 1)
        line = said.text[start:end].rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if joined := _NO_SPACE.match(line):
            return Verdict(start + joined.end() - 1, "a space is missing after this ':'", "write ': '")
        if key := _KEY.match(line):
            if not line[key.end() :].strip() and lone is not None:
                break
            return _inside_value(said, start)
        lone = (start + len(line) - len(line.lstrip()), line.strip())
    if lone is None:
        return Verdict(
            said.index, "this ':' cannot stand here", "write the key before it, or put the text in quotes"
        )
    return _colonless(*lone)


def _inside_value(said: _Complaint, start: int) -> Verdict:
    index = said.index - len(said.before.lstrip())
    line = said.line_of(start)
    message = f"this key is indented deeper than the key of line {line}, which has a value already"
    return Verdict(
        index, message, f"indent it like line {line}, or put the whole text of that value in quotes"
    )


def _colonless(index: int, line: str) -> Verdict:
    if joined := _NO_SPACE.match(line):
        return Verdict(index + joined.end() - 1, "a space is missing after this ':'", "write ': '")
    return Verdict(index, f"there is no ':' after {line[:40]!r}", "write a ':' and a value after each key")


def _misplaced_sign(said: _Complaint) -> Verdict | None:
    if "mapping keys are not allowed" in said.problem:
        return Verdict(said.index, "'?' starts a key of its own", f"{_QUOTE_IT} if it is a text")
    if "sequence entries are not allowed" in said.problem:
        return Verdict(
            said.index, "a list cannot start here", "start it on its own line, with '- ' before each item"
        )
    return None


def _flow(said: _Complaint) -> Verdict | None:
    if "flow" not in said.context:
        return None
    opener = _BRACKET.search(said.text, said.inside)
    if opener and _has_left(said, opener.start()):
        closer = "]" if opener[0] == "[" else "}"
        return Verdict(
            opener.start(), f"the {opener[0]!r} that opens here is not closed", f"close it with {closer!r}"
        )
    if said.char == ",":
        return Verdict(said.index, "a value is missing before this ','", "delete the ','")
    if said.char == ":" and said.before.rstrip().endswith(("[", "{", ",")):
        return _keyless(said)
    if opener and said.char in _CLOSERS:
        message = f"{said.char!r} does not close the {opener[0]!r} that is open here"
        return Verdict(said.index, message, "use matching brackets")
    return Verdict(
        said.index, "a ',' is missing before this", "put ',' between items, and quotes around texts with ':'"
    )


def _keyless(said: _Complaint) -> Verdict:
    return Verdict(said.index, "a key is missing before this ':'", "write the key")


def _has_left(said: _Complaint, opened: int) -> bool:
    """Whether the parser ran out of the brackets, into the end of the file or the next key."""
    if not said.text[said.index :].strip():
        return True
    is_later_line = said.line_of(said.index) > said.line_of(opened)
    return (
        is_later_line and said.char not in _CLOSERS and said.indent_at(said.index) <= said.indent_at(opened)
    )


def _stray_bracket(said: _Complaint) -> Verdict | None:
    if said.char in _CLOSERS:
        return Verdict(said.index, f"{said.char!r} closes nothing", f"delete it, or {_QUOTE_IT}")
    if "node content" in said.problem and said.char == ",":
        return Verdict(said.index, "a value cannot start with ','", _QUOTE_IT)
    return None


def _after_value(said: _Complaint) -> Verdict | None:
    """Something behind a value that was already whole."""
    before = said.before.rstrip()
    if "block" not in said.context or not before.strip():
        return None
    if before[-1] in "'\"" and said.last is not None and said.last.is_quoted:
        place = said.last.place
        if place.line < place.end_line:
            message = (
                f"the quote that opens here closes only in line {place.end_line}, and text goes on there"
            )
            return Verdict(said.last.start, message, "close it where the text ends")
        return Verdict(said.index, "text goes on after the closing quote", _AFTER_QUOTE)
    if before[-1] in "]}":
        return Verdict(
            said.index,
            f"text goes on after the closing {before[-1]!r}",
            f'{_QUOTE_IT}, as in "{{{{ name }}}} ..."',
        )
    return Verdict(said.index, "this cannot stand behind what is already here", _QUOTE_IT)


def _misaligned(said: _Complaint) -> Verdict | None:
    if "block" not in said.context or said.before.strip():
        return None
    if said.char == ":":
        return _keyless(said)
    if said.char == "-" and "mapping" in said.context:
        return Verdict(
            said.index, "a list item stands where a key is expected", "indent the list below its own key"
        )
    line = said.line_of(said.opened)
    if "collection" in said.context and said.indent_at(said.index) == said.indent_at(said.opened):
        return Verdict(
            said.index, f"the list of line {line} goes on here without '- '", "start each item with '- '"
        )
    message = f"the indentation of this line fits nothing above it; what it is part of starts in line {line}"
    return Verdict(said.index, message, "indent it like its neighbours, with spaces")


def _after_document(said: _Complaint) -> Verdict | None:
    if "<document start>" not in said.problem:
        return None
    return Verdict(
        said.index,
        "the document has ended above, and text goes on here",
        "keep one list or mapping at the top of the file",
    )


_JUDGES: Final[tuple[Callable[[_Complaint], Verdict | None], ...]] = (
    _depth,
    _tab,
    _open_quote,
    _escape,
    _reserved,
    _anchor,
    _tag,
    _block_header,
    _directive,
    _missing_colon,
    _second_colon,
    _misplaced_sign,
    _flow,
    _stray_bracket,
    _after_document,
    _after_value,
    _misaligned,
)
"""In this order: what is sure first."""
