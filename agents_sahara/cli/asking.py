"""Ask the person at the terminal: whether a limit of the budget is granted once more, or anything else.

Only where both standard input and standard error are a terminal; nobody is ever waited for elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading

from agents_sahara.cli.console import Console, is_terminal
from agents_sahara.events import BudgetReached
from agents_sahara.usage.ledger import Ask

_MOST_BYTES = 4096
_YES = ("y", "yes")


def asker(console: Console) -> Ask | None:
    """Whoever asks, or None where nobody can answer."""
    if not can_answer():
        return None

    async def ask(reached: BudgetReached) -> bool:
        return await yes_or_no(f"{reached.agent}: {reached}. Grant the same once more? [y/N] ", console)

    return ask


def can_answer() -> bool:
    """Whether there is a person who reads the question and can type."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


async def yes_or_no(question: str, console: Console) -> bool:
    """Whether the person says yes; anything else, and the end of the input, is a no."""
    console.ask(question)
    said = ""
    try:
        said = await _line(sys.stdin.fileno())
    finally:
        if not said.endswith("\n"):  # the line ends with what is typed, and nothing was
            console.explain("")
    return said.strip().lower() in _YES


async def _line(descriptor: int) -> str:
    """What is typed next; read past Python's buffers on a thread that holds up no end of the program."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def tell(text: bytes) -> None:
        if not typed.done():
            typed.set_result(text)

    def read() -> None:
        try:
            text = os.read(descriptor, _MOST_BYTES)
        except OSError:
            text = b""
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, text)

    threading.Thread(target=read, name="agents_sahara-ask", daemon=True).start()
    return (await typed).decode("utf-8", "replace")
