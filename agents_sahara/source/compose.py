"""YAML text to a tree in which every node knows its place, with all findings of the text at once.

Reads a parser's events one by one and stops at its caps, so neither depth, aliases nor size can exhaust
anything. Knows nothing of the team format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn

import yaml

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.source.nodes import Node, Scalar, Sequence, Span, Value, children
from agents_sahara.source.parser import HAS_LIBYAML, read_events
from agents_sahara.source.scalars import STARTS_OTHER, NumberRefusedError, resolve, resolve_tagged
from agents_sahara.source.syntax import FLATTER, MOST_DEPTH, TOO_DEEP, Reading, explain
from agents_sahara.source.text import BAD_ESCAPED, clean
from agents_sahara.source.unfinished import Unfinished, UnfinishedMapping, UnfinishedSequence
from agents_sahara.types import Json

MOST_EVENTS: Final = 1_000_000
"""Values of a text, collections counted twice; a team of 10,000 agents has about 250,000."""
MOST_ALIASES: Final = 100
MOST_ALIASED_NODES: Final = 50_000
"""Values that aliases repeat, all aliases together."""
MOST_TAG_DIRECTIVES: Final = 100
"""libyaml compares each `%TAG` line with all before it."""
MOST_FINDINGS: Final = 1_000

_TAG_PREFIX: Final = "tag:yaml.org,2002:"
_BOMB_MEND: Final = "write the values out, or use `models`, `defaults` and `include` to share them"
_QUOTE: Final = "put it in quotes if it is a text"
_SCALAR_TAGS: Final = frozenset(("str", "int", "float", "bool", "null"))


def compose(text: str | bytes, file: str, report: Report, *, libyaml: bool = HAS_LIBYAML) -> Node | None:
    """The tree of a YAML text; what is wrong with the text goes to `report`.

    With findings the tree may still be there, without the parts that were refused, so that what it means can
    be judged as well; None is only returned where an error leaves no tree. `libyaml=False` reads with PyYAML's
    own parser, which gives the same tree slower.
    """
    legible = clean(text, file, report)
    if legible is None:
        return None
    return _Composer(legible, file, report).tree(libyaml)


def to_json(node: Node) -> Json:
    """The plain Python value of a tree; keys as written."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [to_json(item) for item in node.items]
    return {entry.key.text: to_json(entry.value) for entry in node.entries.values()}


class _StopError(Exception):
    """What was found leaves no tree."""


class _Composer:
    """Turns events into nodes; one for each text."""

    def __init__(self, text: str, file: str, report: Report) -> None:
        self._text, self._file, self._report = text, file, report
        self._findings = 0
        self._root: Node | None = None
        self._open: list[Unfinished] = []
        self._end = (1, 1)
        """Just behind the last written character: block collections end there."""
        self._end_index = 0
        self._last: Scalar | None = None
        self._anchors: dict[str, Node | None] = {}
        """None while the anchored node is still being read."""
        self._aliases = 0
        self._aliased_nodes = 0

    def tree(self, libyaml: bool) -> Node | None:
        """The root; None where the text has none."""
        try:
            self._read(libyaml)
        except _StopError:
            return None
        root = self._root
        if root is None or (isinstance(root, Scalar) and not root.text and not root.is_quoted):
            start = (self._file, 1, 1, 1, 1)
            self._find("empty-file", start, "the file is empty", "write a team: `agents:` and below")
            return None
        return root

    def _read(self, libyaml: bool) -> None:
        if self._text.count("\n%TAG") > MOST_TAG_DIRECTIVES:
            self._stop("yaml-tag", (self._file, 1, 1, 1, 1), "far too many %TAG lines", "delete them")
        for count, event in enumerate(self._events(libyaml)):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._finish(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and not self._is_first(event):
                return
            if count == MOST_EVENTS:
                self._stop("too-large", self._span(event), "the file holds too many values", "split the file")

    def _events(self, libyaml: bool) -> Iterator[yaml.Event]:
        try:
            yield from read_events(self._text, libyaml=libyaml)
        except yaml.YAMLError as error:
            innermost = self._open[-1] if self._open else None
            place = Place(self._file, innermost.line, innermost.column, 0, 0) if innermost else None
            self._stop(*explain(error, self._text, self._file, Reading(self._last, place)))

    def _is_first(self, event: yaml.DocumentStartEvent) -> bool:
        span = self._span(event)
        if event.tags:
            self._find("yaml-tag", span, "%TAG lines are not supported", "delete them")
        if self._root is not None:
            message = "a second YAML document starts here"
            self._find("multi-document", span, message, "keep one document in a file")
        return self._root is None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = self._span(event)
        text, is_quoted = event.value, bool(event.style)
        if not text or (event.style and event.style in "|>"):
            span = self._corrected(event, span)
        else:
            self._end_index = _end_index(event)
        value: Value = text
        if event.tag is not None:
            value = self._tagged(event, span)
        elif not is_quoted and text[:1] in STARTS_OTHER:
            value = self._plain(text, span)
        if event.style == '"' and (bad := BAD_ESCAPED.search(text)):
            message = f"this text holds the character U+{ord(bad[0]):04X}, written as an escape"
            self._find("bad-character", span, message, "delete the escape")
        self._end = span[3:]
        self._last = Scalar(value, text, is_quoted, span)
        self._add(self._last, event.anchor)

    def _plain(self, text: str, span: Span) -> Value:
        try:
            return resolve(text)
        except NumberRefusedError as reason:
            if self._open and self._open[-1].expects_key:
                self._find(
                    "non-string-key", span, f"the key {text:.40} is a number, and keys are strings", _QUOTE
                )
            else:
                self._find("bad-number", span, f"the number {text:.40} {reason}", _QUOTE)
            return text

    def _tagged(self, event: yaml.ScalarEvent, span: Span) -> Value:
        tag = (event.tag or "").removeprefix(_TAG_PREFIX)
        if event.tag == tag or tag not in _SCALAR_TAGS:
            self._refuse_tag(event.tag, span)
            return event.value
        try:
            return resolve_tagged(event.value, tag)
        except NumberRefusedError as reason:
            self._find("bad-number", span, f"the number {event.value:.40} {reason}", _QUOTE)
        except ValueError:
            self._find(
                "yaml-tag", span, f"{event.value[:40]!r} does not fit its tag !!{tag}", "delete the tag"
            )
        return event.value

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        span = self._span(event)
        if len(self._open) == MOST_DEPTH:
            self._stop("too-deep", span, TOO_DEEP, FLATTER)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag != f"{_TAG_PREFIX}{'map' if is_mapping else 'seq'}":
            self._refuse_tag(event.tag, span)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        _, line, column, _, _ = span
        if is_mapping:
            self._open.append(UnfinishedMapping(event.anchor, line, column, self._find))
        else:
            self._open.append(UnfinishedSequence(event.anchor, line, column))

    def _finish(self, event: yaml.CollectionEndEvent) -> None:
        _, line, column, end_line, end_column = self._span(event)
        if (line, column) != (end_line, end_column):
            self._end, self._end_index = (end_line, end_column), _end_index(event)
        done = self._open.pop()
        self._add(done.close((self._file, done.line, done.column, *self._end)), done.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        span, name = self._span(event), event.anchor or ""
        self._end, self._end_index = span[3:], _end_index(event)
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            self._stop("alias-bomb", span, f"more than {MOST_ALIASES} aliases", _BOMB_MEND)
        node = self._anchors.get(name)
        if node is not None:
            self._weigh(node, span)
        elif name in self._anchors:
            message = f"the alias '*{name}' stands inside the value that it names"
            self._find("recursive-alias", span, message, "write the value out")
        else:
            mend = did_you_mean(name, self._anchors, what="anchors")
            self._find("unknown-alias", span, f"no anchor '&{name}' is defined above", mend)
        self._add(node or Scalar(None, "", False, span), None)

    def _weigh(self, node: Node, span: Span) -> None:
        """Refuse an alias that repeats too much, or nests too deep. Shared parts count each time they appear."""
        level, depth = [node], len(self._open)
        while level:
            self._aliased_nodes += len(level)
            if self._aliased_nodes > MOST_ALIASED_NODES:
                message = f"aliases repeat more than {MOST_ALIASED_NODES:,} values"
                self._stop("alias-bomb", span, message, _BOMB_MEND)
            depth += any(not isinstance(part, Scalar) for part in level)
            level = [child for part in level for child in children(part)]
        if depth > MOST_DEPTH:
            self._stop("too-deep", span, TOO_DEEP, FLATTER)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].add(node)
        else:
            self._root = node

    def _span(self, event: yaml.Event) -> Span:
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        line = start.line + 1
        end_line = line if end.line == start.line else end.line + 1
        return (self._file, line, start.column + 1, end_line, end.column + 1)

    def _corrected(self, event: yaml.ScalarEvent, span: Span) -> Span:
        """Where a scalar stands whose bounds the parsers do not tell, or not alike."""
        assert event.start_mark is not None
        start, end = event.start_mark.index, _end_index(event)
        if start == end:
            return self._unwritten(start, span)
        written = self._text[start:end].rstrip()
        self._end_index = start + len(written)
        lines = written.splitlines()
        file, line, column, _, _ = span
        end_column = len(lines[-1]) + (column if len(lines) == 1 else 1)
        return (file, line, column, line + len(lines) - 1, end_column)

    def _unwritten(self, index: int, span: Span) -> Span:
        """A value that is not written: a parser puts it where the next token starts, we behind what is written."""
        between = self._text[self._end_index : index]
        colon = between.find(":")
        is_value = (
            bool(self._open)
            and isinstance(self._open[-1], UnfinishedMapping)
            and not self._open[-1].expects_key
        )
        if not is_value or (between.strip() and (colon < 0 or not between[:colon].isprintable())):
            self._end_index = index
            return span
        self._end_index += colon + 1
        line, column = self._end
        return (self._file, line, column + colon + 1, line, column + colon + 1)

    def _refuse_tag(self, tag: str | None, span: Span) -> None:
        name = (tag or "").replace(_TAG_PREFIX, "!!")
        message = f"the tag {name[:40]!r} is not supported"
        self._find("yaml-tag", span, message, "delete the tag; a team file holds plain values only")

    def _find(self, rule: str, span: Span, message: str, mend: str) -> None:
        """Add a finding, up to the cap."""
        self._findings += 1
        if self._findings < MOST_FINDINGS:
            self._report.add(rule, Place(*span), message, mend=mend)
        elif self._findings == MOST_FINDINGS:
            message = f"the text has more than {MOST_FINDINGS - 1} findings; the rest is not listed"
            self._report.add("too-many-findings", Place(*span), message, mend="mend the ones above first")
            raise _StopError

    def _stop(self, rule: str, span: Span, message: str, mend: str) -> NoReturn:
        self._find(rule, span, message, mend)
        raise _StopError


def _end_index(event: yaml.Event) -> int:
    assert event.end_mark is not None
    return event.end_mark.index
