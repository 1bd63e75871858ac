"""One task that owns one server: it opens the session, keeps it, closes it, and opens it again when it has died.

Everything here runs on the servers' loop. A session is opened when somebody wants it; a server that died is opened
again when somebody wants it again, after a rest that doubles with each failure in a row. A call that was under way
when it died is an error to its caller: nobody knows whether it was carried out, so it is never made again from here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import mcp_types as wire
from mcp import MCPError

from agents_sahara.errors import ToolServerError
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.problems import CallError, Problem, call_problem, opening_problem
from agents_sahara.tools.mcp.process import Leaving
from agents_sahara.tools.mcp.server import Life, Session, Way, session_with

_LOGGER = logging.getLogger("agents_sahara.mcp")

_WORTH_WAITING_S = 2.0
"""A caller waits out a rest that ends within this time; with a longer one it is told."""
_CLOSES_WITHIN_S = 10.0
_ANSWERS_WITHIN_S = 5.0
"""How long a server that is in doubt may take to say that it is there."""
_BEYOND_LIMIT_S = 1.0
"""How long a call may take beyond its limit: mcp begins to count only when the server has read the request."""


@dataclass(frozen=True, slots=True)
class Rests:
    """How long a server rests after failures in a row."""

    first_s: float = 0.5
    most_s: float = 60.0

    def after(self, failures: int) -> float:
        """Seconds of rest after that many."""
        return min(self.first_s * 2.0 ** min(failures - 1, 30), self.most_s)


RESTS = Rests()


@dataclass(frozen=True, slots=True)
class Open:
    """A server that can be called."""

    session: Session
    life: Life
    offers: Mapping[str, Offer]
    """Its tools by name."""


_CLOSED = Problem("the team is closed", "load it again")


class Keeper:
    """The owner of one server; `close` ends it for good."""

    def __init__(
        self, server: str, way: Way, environ: Mapping[str, str], *, start_s: float, rests: Rests = RESTS
    ) -> None:
        self.server = server
        self._way = way
        self._environ = environ
        self._start_s = start_s
        self._rests = rests
        self._open: Open | None = None
        self._calls = 0
        self._is_doubtful = False
        """Whether it has to say once more what it offers before it is used."""
        self._number = 0
        self._failures = 0
        self._has_answered = False
        """Whether the session under way has answered a call."""
        self._is_over = False
        self.left: Leaving = ""
        """How its program left when the last session that went well was over."""
        self._rests_until = 0.0
        self._ended = ""
        self._last: Problem | None = None
        self._entry = asyncio.Lock()
        self._attempt: asyncio.Future[Open | Problem] | None = None
        self._limit: asyncio.Timeout | None = None
        """Of opening the session under way, or of closing it."""
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def number(self) -> int:
        """How many sessions there were."""
        return self._number

    @property
    def ended(self) -> str:
        """Why the last session that is over has ended; empty where none has."""
        return self._ended

    @property
    def is_over(self) -> bool:
        """Whether nobody may begin to use it any more."""
        return self._is_over

    def retire(self) -> None:
        """Let nobody begin to use it; `close` follows. Called from any thread."""
        self._is_over = True

    async def open(self) -> Open:
        """The server, opened if it is not open.

        Raises:
            ToolServerError: it cannot be used now.
        """
        opened = self.usable()
        if opened is None:
            async with self._entry:
                await self._ask_again()
                opened = self.usable() or await self._opened()
        return opened

    def usable(self) -> Open | None:
        """The server where it is open and beyond doubt; also asked from other threads, which may come late."""
        opened = self._open
        is_good = opened is not None and not opened.life.is_over
        return opened if is_good and (self._calls or not self._is_doubtful) else None

    async def _ask_again(self) -> None:
        """Let a server that is in doubt say what it offers, or end."""
        opened = self._open
        if opened is None or opened.life.is_over or not self._is_doubtful:
            return
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                offers = await opened.session.offers()
        except (MCPError, ValueError, RuntimeError, TimeoutError) as silence:
            opened.life.end(opening_problem(silence, opened.life, self._way, _ANSWERS_WITHIN_S).message)
            return
        self._is_doubtful = False
        self._open = replace(opened, offers={offer.name: offer for offer in offers})

    async def _opened(self) -> Open:
        if self._closing.is_set():
            raise _CLOSED.error(self.server)
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.get_running_loop().create_future()
            self._wanted.set()
            if self._task is None:
                self._task = asyncio.create_task(self._keep(), name=f"server of tools {self.server}")
        outcome = await asyncio.shield(self._attempt)
        if isinstance(outcome, Problem):
            raise outcome.error(self.server)
        return outcome

    async def call(self, offer: Offer, arguments: Mapping[str, Any], limit_s: float) -> wire.CallToolResult:
        """The server's answer to one call of the tool `offer`.

        Raises:
            CallError: there is none, with a reason that a model can read.
        """
        try:
            opened = await self.open()
        except ToolServerError as error:
            raise CallError(f"{error.message}.") from error
        _refuse_changed(offer, opened.offers.get(offer.name))
        self._calls += 1
        try:
            async with asyncio.timeout(limit_s + _BEYOND_LIMIT_S):
                answer = await opened.session.call(offer.name, arguments, limit_s)
        except (MCPError, ValueError, RuntimeError, TimeoutError) as error:
            failed = call_problem(error, opened.life, limit_s)
            self._is_doubtful = self._is_doubtful or failed.is_doubt
            if failed.is_end:
                opened.life.end(failed.text)
            raise CallError(failed.text) from error
        finally:
            self._calls -= 1
        self._has_answered = True
        return answer

    async def close(self) -> None:
        """End the server; once is enough, and more does no harm."""
        self._is_over = True
        self._closing.set()
        self._wanted.set()
        if self._open is not None:
            self._open.life.end("the team was closed")
        elif self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            attempt = self._attempt
            assert attempt is not None
            problem = await self._rest() or await self._live(attempt)
            if not attempt.done():
                attempt.set_result(problem)
            if self._closing.is_set():
                return

    async def _rest(self) -> Problem | None:
        """Wait out a short rest; a long one is a problem to whoever wants the server now."""
        left_s = self._rests_until - time.monotonic()
        if left_s > _WORTH_WAITING_S and self._last is not None:
            note = f"; it is tried again in {left_s:.0f} s at the earliest"
            return replace(self._last, message=self._last.message + note)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), max(0.0, left_s))
        return _CLOSED if self._closing.is_set() else None

    async def _live(self, attempt: asyncio.Future[Open | Problem]) -> Problem:
        """One session from its beginning to its end, and why it ended."""
        life = Life()
        try:
            async with asyncio.timeout(self._start_s) as limit:
                self._limit = limit
                async with session_with(self.server, self._way, self._environ, life, self.doubt) as session:
                    offers = await session.offers()
                    limit.reschedule(None)
                    attempt.set_result(self._begin(session, life, offers))
                    await life.wait()
                    self._open = None
                    limit.reschedule(asyncio.get_running_loop().time() + _CLOSES_WITHIN_S)
            problem = Problem(life.account, may_pass=True)
        except Exception as error:  # whatever a server sends, it ends this session and nothing else
            problem = opening_problem(error, life, self._way, self._start_s)
            _LOGGER.debug("%s: %s", self.server, problem.message, exc_info=True)
        finally:
            self._limit = self._open = None
            self.left = life.ending.how
        if not self._closing.is_set():
            self._fail(problem)
        return problem

    def _begin(self, session: Session, life: Life, offers: Iterable[Offer]) -> Open:
        self._number += 1
        self._has_answered = self._is_doubtful = False
        by_name = {offer.name: offer for offer in offers}
        self._open = Open(session, life, by_name)
        _LOGGER.info("%s: open (%s), tools: %d", self.server, session.title or "no name", len(by_name))
        return self._open

    def doubt(self) -> None:
        """It has to say what it offers before it is used again; also called from other threads."""
        self._is_doubtful = True

    def _fail(self, problem: Problem) -> None:
        self._failures = 1 if self._has_answered else self._failures + 1
        self._has_answered = False
        self._last, self._ended = problem, problem.message
        self._rests_until = time.monotonic() + self._rests.after(self._failures)
        _LOGGER.warning("%s: %s", self.server, problem.message)


def _refuse_changed(offered: Offer, now: Offer | None) -> None:
    if now is None:
        raise CallError("The server does not have this tool any more.")
    if now.digest != offered.digest:
        raise CallError(
            "The server says other things of this tool than it did; the operator has to accept them."
        )
