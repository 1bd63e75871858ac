"""The fault matrix once more, with a first request that has left before the SDK is there: nothing ends otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.cases import Play
from tests.faults.matrix import PLAYS, VARIANTS, play, verdict

_STEP = 3
"""Every so many cases in a usual run."""


def _check(plays: Sequence[Play]) -> None:
    seen = play([(case, way) for case in plays for way in case.ways], is_early=True).seen
    wrong = [f"{one.play.name}, by team.{one.way}: {found}" for one in seen if (found := verdict(one))]
    assert wrong == []
    assert {one.early.stage for one in seen if one.early and not one.play.host} == {"taken"}


def test_a_fault_ends_as_it_does_without_an_early_request() -> None:
    _check(PLAYS[::_STEP])


@pytest.mark.long
def test_every_fault_ends_as_it_does_without_an_early_request() -> None:
    _check((*PLAYS, *VARIANTS))
