"""What stderr tells of a run while it goes on."""

from __future__ import annotations

import io

import pytest

from agents_sahara.cli.console import Console
from agents_sahara.cli.progress import tell_attempt_failed
from agents_sahara.events import AttemptFailed
from agents_sahara.types import Attempt

ATTEMPT = Attempt("desk", "together", "m", None, "failed", "server_error", 0.1, None, None, None)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "agent 'desk': 'm' on 'together': the gateway failed (503): Busy.",
            "the gateway failed (503): Busy",
        ),
        (
            "agent 'desk': 'm' on 'together' gave no whole answer within 8 s",
            "gave no whole answer within 8 s",
        ),
        ("the host of x could not be reached", "the host of x could not be reached"),
    ],
)
def test_a_failed_attempt_names_its_agent_and_model_once(message: str, told: str) -> None:
    err = io.StringIO()
    tell_attempt_failed(AttemptFailed(ATTEMPT, message, 0.44), Console(io.StringIO(), err, environ={}))
    assert err.getvalue() == f"desk: m on together failed after 0.1 s: {told}; next attempt in 0.4 s\n"


def test_a_failed_attempt_that_no_other_follows_promises_none() -> None:
    err = io.StringIO()
    tell_attempt_failed(
        AttemptFailed(ATTEMPT, "it fell silent", None), Console(io.StringIO(), err, environ={})
    )
    assert err.getvalue() == "desk: m on together failed after 0.1 s: it fell silent\n"
