"""Guardrails that are functions: what does not judge in time, or not clearly, does not let a text pass."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable

import pytest

from agents_sahara.guardrails.functions import NoAnswerError, judged


def _judged(function: Callable[[str], object], limit_s: float = 10.0) -> str | None:
    return asyncio.run(judged(function, "text", limit_s))


async def _never(_text: str) -> bool:
    await asyncio.Event().wait()
    return True


def test_a_function_has_so_much_time_and_no_more() -> None:
    waiting = threading.Event()
    for function in (_never, lambda _text: waiting.wait()):
        with pytest.raises(NoAnswerError, match=r"no answer within 0\.02 seconds"):
            _judged(function, 0.02)
    waiting.set()


def test_a_function_that_is_not_async_may_give_something_to_wait_for() -> None:
    async def later() -> str:
        return " why not "

    assert _judged(lambda _text: later()) == "why not"


@pytest.mark.parametrize("answer", [None, 0, 1, "", " ", [], b"x", 1.0])
def test_only_true_false_and_a_text_are_answers(answer: object) -> None:
    with pytest.raises(NoAnswerError, match="not with True, False or a text"):
        _judged(lambda _text: answer)


def test_what_it_raises_is_named_and_not_repeated() -> None:
    def breaks(text: str) -> bool:
        raise StopIteration(text)

    with pytest.raises(NoAnswerError) as caught:
        _judged(breaks)
    assert "text" not in str(caught.value).replace("a text", "")


def test_a_function_that_would_end_the_program_or_cancels_itself_is_no_answer() -> None:
    async def cancels(_text: str) -> bool:
        raise asyncio.CancelledError

    async def leaves(_text: str) -> bool:
        raise SystemExit(3)

    for function in (cancels, leaves, lambda _text: sys.exit(3)):
        with pytest.raises(NoAnswerError, match=r"its function raised (CancelledError|SystemExit)"):
            _judged(function)


def test_what_it_raises_is_logged_whole_but_for_keys(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "shop/canary-0815")

    def breaks(_text: str) -> bool:
        raise ConnectionError("https://words.example/?key=shop%2Fcanary-0815")

    with pytest.raises(NoAnswerError) as caught:
        _judged(breaks)
    assert caught.value.__suppress_context__, "a traceback of the run would show it"
    assert "words.example/?key=***" in caplog.text
    assert "canary" not in caplog.text
    assert _judged(lambda _text: "shop/canary-0815 says no") == "*** says no"
