"""What a case is: a fault of the first member, the ways it is asked, and how it must end.

Faults are values; `rows_*` list them, `play` plays them. Outcome words:

    switch   the next member of the pool answers; nothing of the first one's text is shown
    accept   the first member's answer is good
    again    the same member answers when it is asked again
    stop     an error of ours with cause and advice: nothing more is asked
    partial  an error of ours with the text that was shown
    limit    the run's own limit of turns ends it
    sound    any of `switch`, `accept` and `partial`, as long as it is right
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tests.faults.replies import FIRST_TEXT, Reply, healthy
from tests.faults.wire import Fault

Way: TypeAlias = Literal["run", "stream"]
Outcome: TypeAlias = Literal["switch", "accept", "again", "stop", "partial", "limit", "sound"]


KEY = "sk-matrix-0123456789abcdef"
"""What must not turn up anywhere."""


@dataclass(frozen=True, slots=True)
class Want:
    """How a case must end."""

    outcome: Outcome
    code: str = ""
    """Of the error, where it ends in one."""
    calls: int | None = None
    """HTTP calls, where it is not what the outcome implies."""
    says: tuple[str, ...] = ()
    """Words that the error, or the failure that was told, has in it."""
    path: tuple[str, ...] | None = None
    """Agents that had control; the entry alone where it is not said."""
    text: str | None = None
    """The answer, where it is not the one that the outcome implies."""
    at_least_s: float = 0.0
    """Time that it must take."""
    within_s: float | None = None
    """Time that it may take, where that is not the deadline."""


SWITCH = Want("switch")
ACCEPT = Want("accept")
AGAIN = Want("again")
PARTIAL = Want("partial", "unusable_answer")
PARTIAL_LATE = Want("partial", "deadline")


def stop(code: str, *says: str, calls: int | None = None, **more: Any) -> Want:
    """An error with this code."""
    return Want("stop", code, calls, says, **more)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the team file says of time and attempts."""

    attempts: int = 3
    deadline: float = 8.0
    attempt_timeout: float = 6.0
    first_token: float = 6.0
    idle: float = 6.0
    cooldown: float = 15.0


SHORT = Terms(deadline=2.5, attempt_timeout=0.5, first_token=0.5, idle=0.5)
"""For rows that are about time."""


@dataclass(frozen=True, slots=True)
class Play:
    """A fault, and what must come of it in each way; None where it does not apply."""

    row: int
    name: str
    faults: Sequence[Fault]
    """What the first member gives to its requests in turn."""
    run: Want | None = None
    stream: Want | None = None
    members: int = 2
    terms: Terms = field(default_factory=Terms)
    others: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    """What other members give, where they are not well."""
    team: str = "solo"
    host: str = ""
    """Of `hosts`, where it is not the fault server itself."""
    contexts: tuple[int, int] = (8_000, 32_000)
    is_peer: bool = False
    """Whether it is of the set that is played against other stacks too."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways in which it is asked."""
        return (*(("run",) if self.run else ()), *(("stream",) if self.stream else ()))

    def want(self, way: Way) -> Want:
        """How it must end when it is asked this way."""
        found = self.run if way == "run" else self.stream
        assert found is not None
        return found


def any_way(row: int, name: str, reply: Reply, want: Want = SWITCH, **more: Any) -> Play:
    """The same bytes to plain requests and to streams, and the same end."""
    return Play(row, name, (Fault.both(reply),), run=want, stream=want, **more)


def plain(row: int, name: str, reply: Reply, want: Want = SWITCH, **more: Any) -> Play:
    """A fault of plain answers."""
    return Play(row, name, (Fault(reply, reply),), run=want, **more)


def streamed(row: int, name: str, reply: Reply, want: Want = SWITCH, **more: Any) -> Play:
    """A fault of streams; a plain request gets a good answer."""
    good = healthy(FIRST_TEXT, is_stream=False)
    return Play(row, name, (Fault(good, reply),), stream=want, **more)


def well() -> Fault:
    """The first member as it answers when it is well."""
    return Fault(healthy(FIRST_TEXT, is_stream=False), healthy(FIRST_TEXT, is_stream=True))
