"""The SQLite file itself: private, synced, upgraded, and every fault of it told by name with its mend."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents_sahara.errors import SessionError
from agents_sahara.sessions import schema
from agents_sahara.sessions.faults import error_of
from agents_sahara.sessions.file import connect
from agents_sahara.sessions.sqlite import MOST_RECEIPTS, SqliteStore
from agents_sahara.sessions.values import Item, Key, Receipt, Turn
from agents_sahara.types import SessionFault

KEY = Key("team", "anna")


def turn(number: int, text: str = "hi", receipt: Receipt | None = None) -> Turn:
    items: list[Item] = [{"role": "user", "content": text}, {"role": "assistant", "content": "Hello."}]
    return Turn(number, items, "front", {"front": ("openai", "gpt-4o")}, receipt)


def with_store(path: Path, use: Callable[[SqliteStore], Awaitable[None]], *, busy_s: float = 0.05) -> None:
    async def go() -> None:
        store = SqliteStore(path, busy_s=busy_s)
        try:
            await use(store)
        finally:
            await store.aclose()

    asyncio.run(go())


async def _write_first(store: SqliteStore) -> None:
    await store.write(KEY, turn(1, receipt=Receipt("m", "d", {"output": "Hello."})))


async def _write_another(store: SqliteStore) -> None:
    await store.write(Key("team", "bert"), turn(1))


async def _read(store: SqliteStore) -> None:
    await store.read(KEY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.fixture
def filled(path: Path) -> Path:
    with_store(path, _write_first)
    return path


def test_everything_about_a_turn_comes_back(path: Path) -> None:
    receipt = Receipt("m1", "d", {"output": "Hello.", "path": ["front"]})

    async def use(store: SqliteStore) -> None:
        await store.write(KEY, turn(1, "half \ud800 \x00 \U0001f600", receipt))
        past = await store.read(KEY)
        assert (past.number, past.agent, past.settled) == (1, "front", {"front": ("openai", "gpt-4o")})
        assert [item["content"] for item in past.items] == ["half \ud800 \x00 \U0001f600", "Hello."]
        assert (await store.read(KEY, message_id="m1")).receipt == receipt
        assert (await store.read(KEY, message_id="m2")).receipt is None

    with_store(path, use)


def test_files_are_for_their_user_alone(path: Path) -> None:
    async def use(store: SqliteStore) -> None:
        async with store.turn(KEY, 1.0):
            await store.write(KEY, turn(1))
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert set(files.values()) == {0o600}
        assert set(files) == {"sessions.db", "sessions.db-wal", "sessions.db-shm", "sessions.db-turns"}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    with_store(path, use)


def test_each_commit_is_synced_to_the_disk(path: Path) -> None:
    """sqlite.org, "PRAGMA synchronous": 2 is FULL (checked 2026-11-28)."""
    connection = connect(path)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_turn_that_came_between_is_refused(filled: Path) -> None:
    async def use(store: SqliteStore) -> None:
        for number in (1, 3):
            with pytest.raises(SessionError) as caught:
                await store.write(KEY, turn(number))
            assert (caught.value.fault, caught.value.is_retryable) == ("conflict", True)
        assert (await store.read(KEY)).number == 1
        with pytest.raises(SessionError):
            await store.write(Key("team", "unknown"), turn(2))

    with_store(filled, use)


def test_turns_that_are_committed_together_do_not_share_their_fate(path: Path) -> None:
    async def use(store: SqliteStore) -> None:
        keys = [Key("team", str(number)) for number in range(40)]
        outcomes = await asyncio.gather(
            *(store.write(key, turn(1 + number % 2)) for number, key in enumerate(keys)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), SessionError] * 20
        for number, key in enumerate(keys):
            assert len((await store.read(key)).items) == 2 * (1 - number % 2)

    with_store(path, use)


def test_answers_to_messages_outlive_their_turns_and_go_one_day(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_RECEIPTS == 1000
    monkeypatch.setattr("agents_sahara.sessions.sqlite.MOST_RECEIPTS", 20)

    async def use(store: SqliteStore) -> None:
        for number in range(1, 23):
            await store.write(KEY, turn(number, receipt=Receipt(str(number), "", {})), keep=1)
        assert (await store.read(KEY, message_id="2")).receipt is None
        assert (await store.read(KEY, message_id="3")).receipt is not None
        assert len((await store.read(KEY)).items) == 2

    with_store(path, use)


def _lock(path: Path) -> None:
    global _held
    _held = sqlite3.connect(path, isolation_level=None)
    _held.execute("BEGIN EXCLUSIVE")


_held: sqlite3.Connection | None = None


def _overwrite(path: Path) -> None:
    path.write_bytes(b"This is no database. " * 400)


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(bytes(data))


def _pragma(text: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(text)

    return change


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _mutate_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE turns SET items = replace(items, 'Hello', 'Jello')")


def _move_a_turn(path: Path) -> None:
    """As if a row of another conversation had come to this one."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE conversations SET id = 'carla' WHERE id = 'anna'")
        db.execute("UPDATE conversations SET id = 'anna' WHERE id = 'bert'")


def _change_an_answer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE receipts SET result = '{}'")


async def _read_again(store: SqliteStore) -> None:
    await store.read(KEY, message_id="m")


def _break_settled(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE conversations SET settled = '[1]'")


@pytest.mark.parametrize(
    ("break_it", "do", "fault"),
    [
        (_lock, _write_first, "locked"),
        (_overwrite, _read, "corrupt"),
        (_damage, _read, "corrupt"),
        (_pragma("PRAGMA user_version = 99"), _read, "newer"),
        (_pragma("PRAGMA application_id = 7"), _read, "foreign"),
        (_replace_by_folder, _read, "unusable"),
        (_mutate_row, _read, "corrupt"),
        (_break_settled, _read, "corrupt"),
        (_move_a_turn, _read, "corrupt"),
        (_change_an_answer, _read_again, "corrupt"),
    ],
)
def test_a_fault_of_the_file_is_told_by_name_with_its_mend(
    filled: Path,
    break_it: Callable[[Path], None],
    do: Callable[[SqliteStore], Awaitable[None]],
    fault: SessionFault,
) -> None:
    with_store(filled, _write_another)
    break_it(filled)

    async def use(store: SqliteStore) -> None:
        with pytest.raises(SessionError) as caught:
            await do(store)
        assert caught.value.fault == fault
        assert str(filled) in caught.value.message
        assert caught.value.mend
        assert caught.value.exit_code == 3
        assert caught.value.to_json()["fault"] == fault
        assert caught.value.is_retryable == (fault == "locked")

    try:
        with_store(filled, use)
    finally:
        if break_it is _lock:
            assert _held is not None
            _held.close()


def test_a_full_disk_is_told_and_passes(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [40]

    def small(where: Path, *, busy_s: float) -> sqlite3.Connection:
        connection = connect(where, busy_s=busy_s)
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")
        return connection

    monkeypatch.setattr("agents_sahara.sessions.shared.connect", small)

    async def use(store: SqliteStore) -> None:
        with pytest.raises(SessionError) as caught:
            await store.write(KEY, turn(2, "x" * 1_000_000))
        assert (caught.value.fault, caught.value.is_retryable) == ("full", True)
        big, small_one = await asyncio.gather(
            store.write(KEY, turn(2, "x" * 1_000_000)),
            store.write(Key("team", "bert"), turn(1)),
            return_exceptions=True,
        )
        assert isinstance(big, SessionError)
        assert small_one is None
        pages[0] = 4000
        with pytest.raises(SessionError):  # the connection of the first failure is gone with its limit
            await store.write(KEY, turn(9))
        await store.write(KEY, turn(2, "y"))
        assert (await store.read(KEY)).number == 2

    with_store(filled, use)


def test_a_disk_without_room_is_told_where_the_file_cannot_even_be_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says no more than "disk I/O error" where the index of its log finds no room (seen on a full tmpfs)."""
    problem = sqlite3.OperationalError("disk I/O error")
    problem.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert error_of(problem, path).fault == "unusable"
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4096))
    full = error_of(problem, path)
    assert (full.fault, full.is_retryable) == ("full", True)
    assert "the disk is full" in full.message


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs to act as another user")
def test_a_file_that_this_user_may_only_read_is_told() -> None:
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from agents_sahara.sessions.sqlite import SqliteStore; from agents_sahara.errors import SessionError\n"
        "from agents_sahara.sessions.values import Key, Turn\n"
        "import os; os.setgid(65534); os.setuid(65534)\n"
        "async def go():\n"
        "    try: await SqliteStore(Path(sys.argv[1])).write(Key('team', 'anna'), Turn(2, [], None))\n"
        "    except SessionError as error: print(error.fault)\n"
        "asyncio.run(go())"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to other users
        path = Path(folder) / "sessions.db"
        with_store(path, _write_first)
        Path(folder).chmod(0o755)
        path.chmod(0o444)
        done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "read_only", done.stderr


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE cookies (value)")
    before = path.read_bytes()

    async def use(store: SqliteStore) -> None:
        with pytest.raises(SessionError, match="belongs to another program"):
            await store.write(KEY, turn(1))

    with_store(path, use)
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("cookies",)]
    assert before[:16] == path.read_bytes()[:16]


def test_a_turn_that_is_missing_is_damage_and_no_gap(filled: Path) -> None:
    async def use(store: SqliteStore) -> None:
        await store.write(KEY, turn(2))
        await store.write(KEY, turn(3))
        with closing(sqlite3.connect(filled)) as db, db:
            db.execute("DELETE FROM turns WHERE number = 2")
        with pytest.raises(SessionError) as caught:
            await store.read(KEY)
        assert caught.value.fault == "corrupt"

    with_store(filled, use)


@pytest.mark.parametrize("seed", range(8))
def test_bytes_that_changed_are_an_error_of_ours_or_change_nothing(filled: Path, seed: int) -> None:
    chance = random.Random(seed)

    async def use(store: SqliteStore) -> None:
        try:
            past = await store.read(KEY)
            assert (past.number, past.items) in ((0, ()), (1, turn(1).items))
            again = (await store.read(KEY, message_id="m")).receipt
            assert again in (None, Receipt("m", "d", {"output": "Hello."}))
        except SessionError:
            pass
        with suppress(SessionError):
            await store.write(KEY, turn(2))

    data = filled.read_bytes()
    for _ in range(12):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 8, 64, 512])):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        for file in filled.parent.iterdir():
            file.unlink()
        filled.write_bytes(bytes(changed))
        with_store(filled, use)


def test_one_damaged_conversation_does_not_touch_the_others(filled: Path) -> None:
    async def use(store: SqliteStore) -> None:
        await store.write(Key("team", "bert"), turn(1))
        with closing(sqlite3.connect(filled)) as db, db:
            db.execute("UPDATE turns SET items = 'no json' WHERE key = 1")
        with pytest.raises(SessionError, match="damaged row of the conversation 'anna'"):
            await store.read(KEY)
        assert (await store.read(Key("team", "bert"))).number == 1
        await store.forget(KEY)
        assert (await store.read(KEY)).number == 0

    with_store(filled, use)


def test_an_older_schema_is_upgraded_whole_or_not_at_all(filled: Path) -> None:
    def second(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE turns ADD COLUMN note TEXT")

    def broken(connection: sqlite3.Connection) -> None:
        second(connection)
        raise RuntimeError("half way")

    connection = sqlite3.connect(filled, isolation_level=None)
    with pytest.raises(RuntimeError):
        schema.bring_up_to_date(connection, filled, (*schema.UPGRADES, broken))
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    schema.bring_up_to_date(connection, filled, (*schema.UPGRADES, second))
    schema.bring_up_to_date(connection, filled, (*schema.UPGRADES, second))
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("SELECT note FROM turns").fetchall() == [(None,)]
    connection.close()

    async def use(store: SqliteStore) -> None:
        with pytest.raises(SessionError) as caught:
            await store.read(KEY)
        assert caught.value.fault == "newer"

    with_store(filled, use)


def test_a_file_that_is_removed_while_it_is_open_begins_anew(filled: Path) -> None:
    async def use(store: SqliteStore) -> None:
        await store.write(KEY, turn(2))
        for file in list(filled.parent.iterdir()):
            file.unlink()
        assert (await store.read(KEY)).number == 0
        with pytest.raises(SessionError) as caught:
            await store.write(KEY, turn(3))
        assert caught.value.fault == "conflict"
        await store.write(KEY, turn(1))
        with closing(sqlite3.connect(filled)) as db, db:
            assert db.execute("SELECT count(*) FROM turns").fetchone() == (1,)

    with_store(filled, use)


def test_a_new_file_may_be_made_by_many_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for connection in list(pool.map(connect, [path] * 8)):
            assert connection.execute("SELECT count(*) FROM turns").fetchone() == (0,)
            connection.close()
    with_store(path, _write_first)


def test_processes_take_turns_in_one_conversation(filled: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from agents_sahara.sessions.sqlite import SqliteStore\n"
        "from agents_sahara.sessions.values import Key, Turn\n"
        "async def go():\n"
        "    store, key = SqliteStore(Path(sys.argv[1])), Key('team', 'anna')\n"
        "    for _ in range(15):\n"
        "        async with store.turn(key, 60.0) as is_held:\n"
        "            assert is_held\n"
        "            past = await store.read(key)\n"
        "            said = [{'role': 'user', 'content': sys.argv[2]}]\n"
        "            await store.write(key, Turn(past.number + 1, said, None))\n"
        "asyncio.run(go())"
    )
    words = [sys.executable, "-c", code, str(filled)]
    running = [subprocess.Popen([*words, name], stderr=subprocess.PIPE) for name in "ab"]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()

    async def use(store: SqliteStore) -> None:
        past = await store.read(KEY)
        assert past.number == 31
        assert sorted(str(item["content"]) for item in past.items[2:]) == ["a"] * 15 + ["b"] * 15

    with_store(filled, use)


def test_a_link_in_place_of_the_lock_file_is_not_followed(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    locks = filled.with_name("sessions.db-turns")
    locks.unlink(missing_ok=True)
    locks.symlink_to(tmp_path / "elsewhere")

    async def use(store: SqliteStore) -> None:
        with pytest.raises(SessionError) as caught:
            async with store.turn(KEY, 1.0):
                pass
        assert caught.value.fault == "unusable"

    with_store(filled, use)


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="counts descriptors in /proc")  # noqa: PTH110
def test_two_thousand_conversations_need_no_more_descriptors_than_one(path: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    async def use(store: SqliteStore) -> None:
        before = count()

        async def one(number: int) -> None:
            key = Key("team", str(number))
            async with store.turn(key, 60.0) as is_held:
                assert is_held
                await store.read(key)
                await store.write(key, turn(1))
                most.append(count() - before if number % 100 == 0 else 0)

        most: list[int] = []
        await asyncio.gather(*(one(number) for number in range(2000)))
        assert max(most) < 12

    with_store(path, use, busy_s=5.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_opens_the_file_anew(filled: Path) -> None:
    async def both() -> None:
        store = SqliteStore(filled)
        async with store.turn(KEY, 1.0):
            await store.write(KEY, turn(2))
            child = os.fork()
            if not child:
                code = 9
                try:
                    code = asyncio.Runner().run(in_child(store))
                finally:
                    os._exit(code)
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            await store.write(KEY, turn(3))
        assert (await store.read(Key("team", "child"))).number == 1
        await store.aclose()

    async def in_child(store: SqliteStore) -> int:
        async with store.turn(KEY, 0.05) as is_held:
            if is_held:
                return 1
        async with store.turn(Key("team", "child"), 1.0):
            await store.write(Key("team", "child"), turn(1))
        return 0

    with_process_loop(both)


def with_process_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def go() -> None:
        await work()

    asyncio.run(go())
