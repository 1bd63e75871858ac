"""Whatever a file holds, loading ends in findings or a graph."""

from __future__ import annotations

from tests.fuzz_loader import fuzz


def test_two_thousand_mutated_files_give_no_traceback_and_no_hang() -> None:
    """`python -m tests.fuzz_loader --count 200000` is the long form."""
    assert fuzz(2_000, first_seed=1_000_000) == []
