"""uvloop where the extra `[fast]` is installed, unless the operator does without."""

from __future__ import annotations

from importlib import util

import pytest

from agents_sahara.errors import SettingsError
from agents_sahara.runner import loops
from agents_sahara.settings import Settings


def _kind() -> str:
    loop = loops.new_loop()
    loop.close()
    return type(loop).__module__.partition(".")[0]


def test_our_own_loops_are_those_of_uvloop_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_FAST", "on")
    assert (_kind(), Settings().is_fast()) == ("uvloop", True)
    monkeypatch.delenv("SAHARA_FAST")
    assert (_kind(), Settings().is_fast()) == ("uvloop", True)
    monkeypatch.setattr(loops, "find_spec", lambda name: None if name == "uvloop" else util.find_spec(name))
    assert _kind() == "asyncio"


def test_the_operator_may_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_FAST", "off")
    assert (_kind(), Settings().is_fast(), Settings(fast=True).is_fast()) == ("asyncio", False, True)
    monkeypatch.setenv("SAHARA_FAST", "on")
    assert not Settings(fast=False).is_fast()
    assert not Settings.from_environ({"SAHARA_FAST": "off"}).is_fast()


def test_what_is_neither_on_nor_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_FAST", "perhaps")
    with pytest.raises(SettingsError, match="SAHARA_FAST"):
        Settings().is_fast()
    with pytest.raises(SettingsError, match="SAHARA_FAST"):
        Settings.from_environ({})
