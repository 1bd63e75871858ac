"""Random histories of a store against a plain model of it: two owners, crashes, retries, messages that come twice."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from agents_sahara.errors import SessionError
from agents_sahara.sessions.memory import MemoryStore
from agents_sahara.sessions.sqlite import SqliteStore
from agents_sahara.sessions.values import Item, Key, Receipt, Store, Turn

T = TypeVar("T")

KEYS = [Key("team", name, owner) for owner in ("anna", "bert") for name in ("x", "y")]
KEYS += [Key("other", "x", "anna"), Key("team", "x", "anna", is_simulated=True)]

keys = st.sampled_from(KEYS)
texts = st.text(max_size=20)
message_ids = st.none() | st.sampled_from(["m1", "m2", "m3"])


@dataclass
class Known:
    """What must be known of a conversation."""

    number: int = 0
    turns: list[list[Item]] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)


class Talks(RuleBasedStateMachine):
    """Whatever happens, the store says what the model says."""

    kind = "sqlite"
    store: Store

    @initialize(keep=st.none() | st.integers(1, 3))
    def begin(self, keep: int | None) -> None:
        self.keep = keep
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.lives = 0
        self.known: dict[Key, Known] = {}
        self.last: dict[Key, str] = {}
        self.store = self._open()

    def _open(self) -> Store:
        return MemoryStore() if self.kind == "memory" else SqliteStore(self._path())

    def _path(self) -> Path:
        return self.folder / str(self.lives) / "sessions.db"

    def run_now(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run_now(self.store.aclose())
            self.runner.close()
            shutil.rmtree(self.folder)

    @rule(key=keys, text=texts, message_id=message_ids)
    def say(self, key: Key, text: str, message_id: str | None) -> None:
        """As a run does: read, and write one turn, unless the message was answered before."""

        async def go() -> None:
            known = self.known.setdefault(key, Known())
            async with self.store.turn(key, 5.0) as is_held:
                assert is_held
                past = await self.store.read(key, keep=self.keep, message_id=message_id)
                if message_id in known.receipts:
                    assert past.receipt == known.receipts[message_id]
                    return
                assert (past.number, past.receipt) == (known.number, None)
                items: list[Item] = [
                    {"role": "user", "content": text},
                    {"role": "assistant", "content": text},
                ]
                receipt = None if message_id is None else Receipt(message_id, text, {"output": text})
                turn = Turn(past.number + 1, items, "front", {"front": ("openai", text)}, receipt)
                await self.store.write(key, turn, keep=self.keep)
            known.number += 1
            known.turns = [*known.turns, items][-(self.keep or 10**6) :]
            if receipt is not None:
                known.receipts[receipt.message_id] = receipt
            self.last[self._family(key)] = key.id

        self.run_now(go())

    @rule(key=keys, ahead=st.sampled_from([-1, 0, 2]))
    def retry_a_turn_that_was_written(self, key: Key, ahead: int) -> None:
        """A number that is not the next one changes nothing."""
        number = self.known.get(key, Known()).number + ahead
        turn = Turn(number, [{"role": "user", "content": "lost"}], "front")
        with pytest.raises(SessionError):
            self.run_now(self.store.write(key, turn, keep=self.keep))

    @rule(key=keys)
    def take_back(self, key: Key) -> None:
        item = self.run_now(self.store.take_back(key))
        turn = next((turn for turn in reversed(self.known.get(key, Known()).turns) if turn), None)
        assert item == (turn.pop() if turn else None)

    @rule(key=keys)
    def forget(self, key: Key) -> None:
        self.run_now(self.store.forget(key))
        self.known.pop(key, None)
        self.last.pop(self._family(key), None)  # which one was before it is not modelled

    @rule()
    def crash(self) -> None:
        """What a killed process leaves: the files as they are, and nobody who closes them."""
        if self.kind == "memory":
            return
        left = self.store
        before = self._path()
        self.lives += 1
        self._path().parent.mkdir()
        for suffix in ("", "-wal"):
            file = before.with_name(before.name + suffix)
            if file.exists():
                shutil.copy(file, self._path().with_name(file.name))
        self.store = self._open()
        self.run_now(left.aclose())

    @staticmethod
    def _family(key: Key) -> Key:
        return Key(key.team, "", key.owner, key.is_simulated)

    @invariant()
    def everybody_reads_their_own(self) -> None:
        if not hasattr(self, "store"):
            return

        async def go() -> None:
            for key in KEYS:
                known = self.known.get(key, Known())
                past = await self.store.read(key, keep=self.keep)
                assert past.number == known.number
                assert list(past.items) == [item for turn in known.turns for item in turn]
            for family, name in self.last.items():
                assert await self.store.latest(family) == name

        self.run_now(go())


class TalksInMemory(Talks):
    """The twin in memory keeps to the same model."""

    kind = "memory"


def _examples(count: int, steps: int) -> settings:
    return settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("machine", [Talks, TalksInMemory])
def test_a_store_keeps_to_its_model(machine: type[Talks]) -> None:
    run_state_machine_as_test(machine, settings=_examples(12, 25))


@pytest.mark.long
@pytest.mark.parametrize("machine", [Talks, TalksInMemory])
def test_a_store_keeps_to_its_model_for_long(machine: type[Talks]) -> None:
    run_state_machine_as_test(machine, settings=_examples(400, 60))
