"""Every row of the fault matrix, played over raw sockets; docs/RELIABILITY.md, "The matrix"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from tests.faults.cases import Way
from tests.faults.cuts import cuts
from tests.faults.matrix import ALL_SITUATIONS, PLAYS, ROWS, VARIANTS, play, play_situation, verdict
from tests.faults.play import Seen
from tests.faults.situations import Situation, cancelled, crowd, reader_stops, stale
from tests.faults.surroundings import loops, nested

CASES = [(case, way) for case in (*PLAYS, *VARIANTS) for way in case.ways]
_IDS = [f"row {case.row}, {case.name}, by team.{way}".removeprefix("row 0, ") for case, way in CASES]
_SITUATIONS = [(row, situation) for row, some in ALL_SITUATIONS.items() for situation in some]

_OF_LOOPS = (stale, cancelled, reader_stops, crowd, loops, nested)
"""Those in which connections are left, shared or closed."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    seen: Mapping[int, Seen]
    left: Sequence[str]


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> _Chosen:
    """All cases that this run of the tests asks for, played at once: most of their time is waiting."""
    numbers: list[int] = sorted({
        int(str(item.callspec.params["number"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "number" in item.callspec.params
    })  # fmt: skip
    made = play([CASES[number] for number in numbers])
    return _Chosen(dict(zip(numbers, made.seen, strict=True)), made.left)


@pytest.mark.parametrize("number", range(len(CASES)), ids=_IDS)
def test_a_fault_ends_as_its_row_says(played: _Chosen, number: int) -> None:
    found = verdict(played.seen[number])
    assert not found, found


def test_nothing_is_left_on_the_event_loop(played: _Chosen) -> None:
    assert not played.left


@pytest.mark.parametrize(
    "situation",
    [situation for _, situation in _SITUATIONS],
    ids=[f"row {row}, {situation.__name__}" for row, situation in _SITUATIONS],
)
def test_a_situation_ends_as_its_row_says(situation: Situation) -> None:
    assert play_situation(situation) == []


@pytest.mark.usefixtures("on_uvloop")
def test_on_uvloop_every_fault_ends_as_its_row_says() -> None:
    made = play(CASES)
    assert not [f"{seen.play.name}, {seen.way}: {found}" for seen in made.seen if (found := verdict(seen))]
    assert not made.left


@pytest.mark.parametrize("situation", _OF_LOOPS, ids=lambda situation: situation.__name__)
@pytest.mark.usefixtures("on_uvloop")
def test_on_uvloop_a_situation_ends_as_its_row_says(situation: Situation) -> None:
    assert play_situation(situation) == []


def test_every_row_has_a_case() -> None:
    assert {case.row for case in PLAYS} | set(ALL_SITUATIONS) == set(ROWS) == set(range(1, 56))


def test_names_of_cases_are_unique() -> None:
    names: list[tuple[int, str, Way]] = [(case.row, case.name, way) for case, way in CASES]
    assert len(names) == len(set(names))


@pytest.mark.long
def test_an_answer_that_is_cut_at_any_byte_is_never_taken_for_another() -> None:
    made = play([(case, way) for case in cuts(1) for way in case.ways])
    assert not [f"{seen.play.name}: {found}" for seen in made.seen if (found := verdict(seen))]
