"""Our composer beside PyYAML's own: the same values in the same places.

The plain loader is `yaml.compose`, the tree from which `yaml.safe_load` makes its values, with the lines and columns
that its parsers count; only what a plain scalar means is ours (YAML 1.2).
"""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.diagnostics.finding import Report
from agents_sahara.source.compose import compose
from agents_sahara.source.nodes import Mapping, Node, Scalar, Sequence
from agents_sahara.source.scalars import resolve
from tests.documents import GOOD, as_text, mutated
from tests.test_source.hostile import TEXTS
from tests.test_source.test_properties import SOUP, _mappings, _mutants

ROOT = Path(__file__).parent.parent.parent
FILES = [
    path for folder in ("configs", "examples", "tests/broken") for path in ROOT.glob(f"{folder}/**/*.yaml")
]
LOADERS: dict[bool, type[yaml.SafeLoader | yaml.CSafeLoader]] = {
    True: yaml.CSafeLoader,
    False: yaml.SafeLoader,
}
"""By whether libyaml reads."""
LEGAL = settings(max_examples=100, deadline=None)


def _compare(ours: Node, theirs: yaml.Node) -> None:
    """Fail where the two trees differ."""
    if isinstance(theirs, yaml.ScalarNode):
        assert isinstance(ours, Scalar)
        _compare_scalars(ours, theirs)
        return
    assert _start(ours) == (theirs.start_mark.line + 1, theirs.start_mark.column + 1)
    if isinstance(theirs, yaml.SequenceNode):
        assert isinstance(ours, Sequence)
        for item, other in zip(ours.items, theirs.value, strict=True):
            _compare(item, other)
        return
    assert isinstance(ours, Mapping)
    assert list(ours.values) == list(ours.entries)
    for entry, (key, value) in zip(ours.entries.values(), theirs.value, strict=True):
        _compare(entry.key, key)
        _compare(entry.value, value)


def _compare_scalars(ours: Scalar, theirs: yaml.ScalarNode) -> None:
    value = theirs.value if theirs.style else resolve(theirs.value)
    assert (ours.text, ours.value, ours.is_quoted) == (theirs.value, value, bool(theirs.style))
    assert type(ours.value) is type(value)
    if not theirs.value and not theirs.style:
        return  # not written: the parser puts it where the next token starts
    assert _start(ours) == (theirs.start_mark.line + 1, theirs.start_mark.column + 1)
    if theirs.style not in ("|", ">"):  # there it counts the blank lines behind the text
        assert ours.place[3:] == (theirs.end_mark.line + 1, theirs.end_mark.column + 1)


def _start(node: Node) -> tuple[int, int]:
    return node.place.line, node.place.column


def _is_compared(text: str) -> bool:
    """Whether both readings could be compared, and were: what we refuse, PyYAML may take."""
    return all(_is_compared_by(text, libyaml=libyaml) for libyaml in LOADERS)


def _is_compared_by(text: str, *, libyaml: bool) -> bool:
    report = Report()
    ours = compose(text, "f", report, libyaml=libyaml)
    if ours is None or report.has_errors or "!!" in text:  # a tag changes what their scalars mean
        return False
    theirs = yaml.compose(text, Loader=LOADERS[libyaml])
    assert theirs is not None
    _compare(ours, theirs)
    return True


def test_files_read_as_the_plain_loader_reads_them() -> None:
    """Among the broken teams are a few that are broken as YAML already."""
    texts = [path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff") for path in FILES]
    assert sum(map(_is_compared, texts)) > 0.8 * len(texts) > 80


def test_broken_and_hostile_texts_that_are_yaml_at_all_read_alike() -> None:
    texts = [text for text, _ in TEXTS.values() if isinstance(text, str) and len(text) < 10_000]
    for text in texts:
        _is_compared(text)


@LEGAL
@given(
    _mappings,
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([None, True, False]),
    st.integers(2, 9),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_documents_in_every_style_read_alike(
    data: dict[str, object], style: str | None, is_flow: bool | None, indent: int, line_break: str
) -> None:
    text = yaml.safe_dump(
        data,
        default_style=style,
        default_flow_style=is_flow,
        indent=indent,
        width=30,
        allow_unicode=True,
        line_break=line_break,
    )
    _is_compared(text)


@LEGAL
@given(st.lists(st.sampled_from(SOUP), max_size=30).map("".join))
def test_what_is_legal_by_chance_reads_alike(text: str) -> None:
    _is_compared(text)


def test_mutated_teams_read_alike() -> None:
    compared = [_is_compared(text) for text in _mutants(11, 400)]
    compared += [_is_compared(as_text(mutated(document, seed))) for seed in range(25) for document in GOOD]
    assert sum(compared) > 0.2 * len(compared)
