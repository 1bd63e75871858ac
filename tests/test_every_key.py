"""Every key of the format does something: with it, a team is seen to be another than without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents_sahara.spec.schema import team_schema
from tests.every_key.row import Row
from tests.every_key.rows import ROWS
from tests.every_key.seen import look, merged


def _keys() -> set[str]:
    """Each key of each record of the schema; a layer has the keys of what it is laid over."""
    definitions = team_schema()["definitions"]
    assert isinstance(definitions, dict)
    return {
        f"{record}.{key}"
        for record, drawn in definitions.items()
        if not record.endswith("_layer")
        for key in drawn["properties"]
    }


def test_every_key_of_the_schema_has_a_row() -> None:
    assert _keys() == set(ROWS)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_key_has_an_effect(row: Row, tmp_path: Path) -> None:
    with_key = look(merged(row.without, row.key), row.scene, tmp_path)
    shown = row.shows(with_key)
    assert shown != row.shows(look(row.without, row.scene, tmp_path))
    if row.gives is not None:
        assert shown == row.gives
