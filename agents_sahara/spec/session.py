"""`session`: where conversations are kept, and how much of each."""

from __future__ import annotations

from agents_sahara.spec.containers import Field, Record
from agents_sahara.spec.shapes import Text, Whole
from agents_sahara.spec.values import SessionSpec

SESSION: Record[SessionSpec] = Record(
    "session",
    SessionSpec,
    (
        Field(
            "store",
            Text(most=2048, may_be_secret=True),
            "Where conversations are kept: `sqlite:FILE`, `memory`, `postgresql://...` or `redis://...`.",
        ),
        Field(
            "keep_turns",
            Whole(1, 100_000),
            "Turns of a conversation that are kept, the latest ones; all of them where missing.",
        ),
    ),
)
