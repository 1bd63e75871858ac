"""YAML text to a tree in which every node knows its place, with all findings of the text at once.

Reads a parser's events one by one and stops at its caps, so neither depth, aliases nor size can exhaust
anything. Knows nothing of the team format.
"""

from __future__ import annotations

from typing import Final, NoReturn

import yaml

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.source.nodes import Node, Scalar, Sequence, Value, children
from agents_sahara.source.parser import HAS_LIBYAML, read_events
from agents_sahara.source.scalars import STARTS_OTHER, NumberRefusedError, resolve, resolve_tagged
from agents_sahara.source.syntax import FLATTER, MOST_DEPTH, TOO_DEEP, Reading, explain
from agents_sahara.source.text import BAD_ESCAPED, INDEX_BITS, Lines, clean, end_of, start_of, stretch
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

_MOST_SHARED: Final = 1_000
"""Different texts of which one copy is kept for all values: names of models and providers stand in every agent."""

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
    return {node.key(name, key).text: to_json(value) for name, key, value in node.parts()}


class _StopError(Exception):
    """What was found leaves no tree."""


class _Composer:
    """Turns events into nodes; one for each text."""

    def __init__(self, text: str, file: str, report: Report) -> None:
        self._text, self._lines, self._report = text, Lines(text, file), report
        self._findings = 0
        self._root: Node | None = None
        self._open: list[Unfinished] = []
        self._end = 0
        """Just behind the last written character: block collections end there."""
        self._last: int | None = None
        """The stretch of the last scalar."""
        self._shared: dict[str, str] = {}
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
            self._find("empty-file", stretch(0, 0), "the file is empty", "write a team: `agents:` and below")
            return None
        return root

    def _read(self, libyaml: bool) -> None:
        if self._text.count("\n%TAG") > MOST_TAG_DIRECTIVES:
            self._stop("yaml-tag", stretch(0, 0), "far too many %TAG lines", "delete them")
        try:
            self._take_all(libyaml)
        except yaml.YAMLError as error:
            last = None if self._last is None else Scalar(self._lines, self._last, "", "")
            innermost = self._open[-1].start if self._open else None
            rule, place, message, mend = explain(
                error, self._text, self._lines.file, Reading(last, innermost)
            )
            self._stop(rule, place, message, mend)

    def _take_all(self, libyaml: bool) -> None:
        """Take the events up to the end of the text, a second document, or the cap."""
        for count, event in enumerate(read_events(self._text, libyaml=libyaml)):
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
                self._stop("too-large", _at(event), "the file holds too many values", "split the file")

    def _is_first(self, event: yaml.DocumentStartEvent) -> bool:
        if event.tags:
            self._find("yaml-tag", _at(event), "%TAG lines are not supported", "delete them")
        if self._root is not None:
            message = "a second YAML document starts here"
            self._find("multi-document", _at(event), message, "keep one document in a file")
        return self._root is None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        """Take a scalar; nearly all are plain texts that need no closer look."""
        text, style = event.value, event.style
        if not text or event.tag is not None or (style != "'" if style else text[0] in STARTS_OTHER):
            self._odd_scalar(event)
            return
        end = self._end = event.end_mark.index  # type: ignore[union-attr]  # events of a text have marks
        start = event.start_mark.index  # type: ignore[union-attr]  # as above
        # As `stretch`, but without a call for each value.
        at = self._last = (start << INDEX_BITS | end) << 1 | (1 if style else 0)
        innermost = self._open[-1] if self._open and event.anchor is None else None
        if innermost is None:
            self._add(Scalar(self._lines, at, text, text), event.anchor)
        elif not innermost.expects_key:
            text = self._one_copy(text)
            innermost.add(Scalar(self._lines, at, text, text))
        elif isinstance(innermost, UnfinishedMapping) and text.isascii() and (text != "<<" or style):
            innermost.name(text, at)
        else:
            innermost.add(Scalar(self._lines, at, text, text))

    def _one_copy(self, text: str) -> str:
        """The first of equal texts."""
        if len(self._shared) < _MOST_SHARED:
            return self._shared.setdefault(text, text)
        return self._shared.get(text, text)

    def _odd_scalar(self, event: yaml.ScalarEvent) -> None:
        """Take a scalar that may be no string, or hold what it must not, or whose bounds the parsers do not tell."""
        text, style = event.value, event.style
        if not text or (style and style in "|>"):
            at = stretch(*self._corrected(event), is_quoted=bool(style))
        else:
            at = _at(event, is_quoted=bool(style))
        self._end, self._last = end_of(at), at
        value: Value = text
        if event.tag is not None:
            value = self._tagged(event, at)
        elif not style:
            value = self._plain(text, at)
        if style == '"' and (bad := BAD_ESCAPED.search(text)):
            message = f"this text holds the character U+{ord(bad[0]):04X}, written as an escape"
            self._find("bad-character", at, message, "delete the escape")
        self._add(Scalar(self._lines, at, value, text), event.anchor)

    def _plain(self, text: str, at: int) -> Value:
        try:
            return resolve(text)
        except NumberRefusedError as reason:
            if self._open and self._open[-1].expects_key:
                self._find(
                    "non-string-key", at, f"the key {text:.40} is a number, and keys are strings", _QUOTE
                )
            else:
                self._find("bad-number", at, f"the number {text:.40} {reason}", _QUOTE)
            return text

    def _tagged(self, event: yaml.ScalarEvent, at: int) -> Value:
        tag = (event.tag or "").removeprefix(_TAG_PREFIX)
        if event.tag == tag or tag not in _SCALAR_TAGS:
            self._refuse_tag(event.tag, at)
            return event.value
        try:
            return resolve_tagged(event.value, tag)
        except NumberRefusedError as reason:
            self._find("bad-number", at, f"the number {event.value:.40} {reason}", _QUOTE)
        except ValueError:
            self._find("yaml-tag", at, f"{event.value[:40]!r} does not fit its tag !!{tag}", "delete the tag")
        return event.value

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        at = _at(event)
        if len(self._open) == MOST_DEPTH:
            self._stop("too-deep", at, TOO_DEEP, FLATTER)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag != f"{_TAG_PREFIX}{'map' if is_mapping else 'seq'}":
            self._refuse_tag(event.tag, at)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if is_mapping:
            self._open.append(UnfinishedMapping(event.anchor, start_of(at), self._find))
        else:
            self._open.append(UnfinishedSequence(event.anchor, start_of(at)))

    def _finish(self, event: yaml.CollectionEndEvent) -> None:
        at = _at(event)
        if start_of(at) != end_of(at):
            self._end = end_of(at)
        done = self._open.pop()
        self._add(done.close(self._lines, stretch(done.start, self._end)), done.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        at, name = _at(event), event.anchor or ""
        self._end = end_of(at)
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            self._stop("alias-bomb", at, f"more than {MOST_ALIASES} aliases", _BOMB_MEND)
        node = self._anchors.get(name)
        if node is not None:
            self._weigh(node, at)
        elif name in self._anchors:
            message = f"the alias '*{name}' stands inside the value that it names"
            self._find("recursive-alias", at, message, "write the value out")
        else:
            mend = did_you_mean(name, self._anchors, what="anchors")
            self._find("unknown-alias", at, f"no anchor '&{name}' is defined above", mend)
        self._add(node or Scalar(self._lines, at, None, ""), None)

    def _weigh(self, node: Node, at: int) -> None:
        """Refuse an alias that repeats too much, or nests too deep. Shared parts count each time they appear."""
        level, depth = [node], len(self._open)
        while level:
            self._aliased_nodes += len(level)
            if self._aliased_nodes > MOST_ALIASED_NODES:
                message = f"aliases repeat more than {MOST_ALIASED_NODES:,} values"
                self._stop("alias-bomb", at, message, _BOMB_MEND)
            depth += any(not isinstance(part, Scalar) for part in level)
            level = [child for part in level for child in children(part)]
        if depth > MOST_DEPTH:
            self._stop("too-deep", at, TOO_DEEP, FLATTER)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].add(node)
        else:
            self._root = node

    def _corrected(self, event: yaml.ScalarEvent) -> tuple[int, int]:
        """Where a scalar stands whose bounds the parsers do not tell, or not alike."""
        at = _at(event)
        start, end = start_of(at), end_of(at)
        return (
            self._unwritten(start) if start == end else (start, start + len(self._text[start:end].rstrip()))
        )

    def _unwritten(self, index: int) -> tuple[int, int]:
        """A value that is not written: a parser puts it where the next token starts, we behind what is written."""
        between = self._text[self._end : index]
        colon = between.find(":")
        is_value = (
            bool(self._open)
            and isinstance(self._open[-1], UnfinishedMapping)
            and not self._open[-1].expects_key
        )
        if not is_value or (between.strip() and (colon < 0 or not between[:colon].isprintable())):
            return index, index
        behind = self._end + colon + 1
        return behind, behind

    def _refuse_tag(self, tag: str | None, at: int) -> None:
        name = (tag or "").replace(_TAG_PREFIX, "!!")
        message = f"the tag {name[:40]!r} is not supported"
        self._find("yaml-tag", at, message, "delete the tag; a team file holds plain values only")

    def _find(self, rule: str, where: int | Place, message: str, mend: str) -> None:
        """Add a finding, up to the cap."""
        place = where if isinstance(where, Place) else self._lines.place(where)
        self._findings += 1
        if self._findings < MOST_FINDINGS:
            self._report.add(rule, place, message, mend=mend)
        elif self._findings == MOST_FINDINGS:
            message = f"the text has more than {MOST_FINDINGS - 1} findings; the rest is not listed"
            self._report.add("too-many-findings", place, message, mend="mend the ones above first")
            raise _StopError

    def _stop(self, rule: str, where: int | Place, message: str, mend: str) -> NoReturn:
        self._find(rule, where, message, mend)
        raise _StopError


def _at(event: yaml.Event, *, is_quoted: bool = False) -> int:
    """The stretch of an event."""
    assert event.start_mark is not None
    assert event.end_mark is not None
    return stretch(event.start_mark.index, event.end_mark.index, is_quoted=is_quoted)
