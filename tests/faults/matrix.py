"""Every case of the matrix that is played over the wire, and the names of its rows."""

from __future__ import annotations

from tests.faults import rows_bodies, rows_calls, rows_status, rows_streams
from tests.faults.cases import Play

WIRE: tuple[Play, ...] = (*rows_status.ROWS, *rows_bodies.ROWS, *rows_streams.ROWS, *rows_calls.ROWS)
