"""How long a server lives: as long as the team or its loops, and never longer than we do."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvloop

from tests.test_tools.test_mcp.serving import FOLDER, is_alive, offered, raw_servers
from tests.test_tools.test_mcp.test_calls import called

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def _gone_within(pids: list[int], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while any(map(is_alive, pids)):
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


def test_all_loops_and_threads_share_one_server() -> None:
    servers = raw_servers()

    def pid(run: int) -> str:
        async def asked() -> str:
            answer = await called(servers, "pid")
            await asyncio.sleep(0.2)  # until all have asked: the last loop takes the server with it
            return answer

        return uvloop.run(asked()) if run % 2 else asyncio.run(asked())

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(pid, range(4)))) == 1


@LINUX
def test_a_server_ends_with_the_last_loop_that_has_used_it() -> None:
    servers = raw_servers()
    pids = [int(pid) for pid in asyncio.run(called(servers, "spawn")).split()]
    assert _gone_within(pids, 5)
    assert asyncio.run(called(servers, "echo", text="again")) == "again"


@LINUX
def test_a_server_ends_with_a_team_that_nobody_holds() -> None:
    async def forgotten() -> list[int]:
        servers = raw_servers()
        pids = [int(pid) for pid in (await called(servers, "spawn")).split()]
        servers.keepers._holders.clear()
        del servers
        gc.collect()
        assert await asyncio.to_thread(_gone_within, pids, 5)
        return pids

    assert len(asyncio.run(forgotten())) == 3


@LINUX
def test_opening_and_closing_leaves_no_descriptor_behind() -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    async def cycle() -> int:
        servers = raw_servers()
        await offered(servers)
        await servers.aclose()
        return count()

    async def counts() -> list[int]:
        return [await cycle() for _ in range(5)]

    assert len(set(asyncio.run(counts()))) == 1


PARENT = f"""
import asyncio, os, sys, time
sys.path.insert(0, {str(FOLDER.parent.parent.parent)!r})
from tests.test_tools.test_mcp.serving import raw_servers
from tests.test_tools.test_mcp.test_calls import called

async def main():
    servers = raw_servers()
    print(await called(servers, "spawn"), flush=True)
    if sys.argv[1] == "exit":
        os._exit(0)
    if sys.argv[1] == "raise":
        raise SystemExit("enough")
    await asyncio.sleep(600)

asyncio.run(main())
"""


@LINUX
@pytest.mark.parametrize("how", ["kill", "exit", "raise"])
def test_nothing_that_was_started_outlives_us_however_we_end(how: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, str(script), how], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as us:
        assert us.stdout is not None
        pids = [int(pid) for pid in us.stdout.readline().split()]
        assert len(pids) == 3  # the server, its watchdog, and a child of the server in a session of its own
        if how == "kill":
            us.kill()
        us.wait(20)
    assert _gone_within(pids, 5)
