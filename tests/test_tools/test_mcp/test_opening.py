"""How a server is opened, and what is said of one that cannot be."""

from __future__ import annotations

import asyncio

import pytest

from agents_sahara.errors import ToolServerError
from agents_sahara.tools.mcp.keeper import Rests
from agents_sahara.tools.mcp.keepers import Keepers
from agents_sahara.tools.mcp.offers import fingerprint
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.servers import Ready, Servers
from agents_sahara.tools.mcp.wanted import Wanted
from tests.test_tools.test_mcp.serving import offered, raw_servers

PREFIX = "the server of tools 'raw' cannot be used: "


async def _ready(servers: Servers) -> Ready:
    try:
        return await servers.ready(["raw"])
    finally:
        await servers.aclose()


def _refusal(servers: Servers) -> ToolServerError:
    with pytest.raises(ToolServerError) as refused:
        asyncio.run(_ready(servers))
    return refused.value


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("silent", "it did not answer within 0.5 s"),
        ("exits", "it has ended; the last that it said: cannot find my configuration"),
        ("lies", "it does not keep to the protocol: tools.0.inputSchema: Input should be a valid dictionary"),
        (
            "odd-version",
            "it does not keep to the protocol: Unsupported protocol version from the server: nonsense",
        ),
        ("endless-list", "it does not keep to the protocol: it lists more than 1,000 tools"),
    ],
)
def test_a_server_that_cannot_be_opened_is_told_as_what_it_is(mode: str, message: str) -> None:
    refused = _refusal(raw_servers(mode, start_s=0.5 if mode == "silent" else 20.0))
    assert refused.message.startswith(PREFIX + message)
    assert (refused.server, refused.exit_code, refused.code) == ("raw", 4, "tool_server")
    assert refused.mend == "run the command by hand to see what it says"


def test_a_command_that_is_not_there_is_told_before_anything_starts() -> None:
    wanted = [Wanted("raw", Command(("no-such-program", "x")), environ={"PATH": "/usr/bin"})]
    refused = _refusal(Servers(wanted, Keepers(Pins(None))))
    assert refused.message == PREFIX + "the command 'no-such-program' cannot be run: no folder of PATH has it"


def test_noise_on_the_way_of_messages_is_passed_over() -> None:
    assert len(asyncio.run(_ready(raw_servers("noise"))).offers["raw"]) == 15


def test_a_run_goes_on_without_a_server_that_is_not_required_and_says_so() -> None:
    ready = asyncio.run(_ready(raw_servers("exits", is_required=False)))
    assert ready.offers == {}
    assert ready.warnings == (
        PREFIX
        + "it has ended; the last that it said: cannot find my configuration; the run goes on without it",
    )


def test_only_allowed_tools_are_offered() -> None:
    ready = asyncio.run(_ready(raw_servers(allow=("pid", "echo"))))
    assert [offer.name for offer in ready.offers["raw"]] == ["echo", "pid"]


def test_an_allowed_tool_that_the_server_does_not_have_is_an_error_that_names_those_it_has() -> None:
    refused = _refusal(raw_servers(allow=("echo", "ehco")))
    assert refused.message == "the server of tools 'raw' does not have 'ehco'"
    assert refused.mend.startswith("its tools: echo, env, die, ")


def test_a_tool_whose_schema_cannot_be_offered_is_left_out_and_told() -> None:
    ready = asyncio.run(_ready(raw_servers("bad-schema")))
    assert "broken" not in {offer.name for offer in ready.offers["raw"]}
    assert ready.warnings == (
        "the tool 'broken' of the server 'raw' is left out: it has a schema that refers to another document",
    )
    refused = _refusal(raw_servers("bad-schema", allow=("broken",)))
    assert "'broken' of the server of tools 'raw' has a schema that refers" in refused.message


def test_a_server_that_fails_rests_before_it_is_tried_again() -> None:
    async def twice() -> list[str]:
        servers, told = raw_servers("exits", rests=Rests(first_s=40.0, most_s=60.0)), []
        for _ in range(2):
            with pytest.raises(ToolServerError) as refused:
                await servers.ready(["raw"])
            told.append(refused.value.message)
        await servers.aclose()
        return told

    first, second = asyncio.run(twice())
    assert second == first + "; it is tried again in 40 s at the earliest"


def test_rests_double_up_to_a_minute() -> None:
    assert [Rests().after(failures) for failures in (1, 2, 3, 8, 100)] == [0.5, 1.0, 2.0, 60.0, 60.0]


def test_each_of_many_runs_that_wait_for_a_server_gets_an_error_of_its_own() -> None:
    async def many() -> list[BaseException | Ready]:
        servers = raw_servers("exits")
        found = await asyncio.gather(*(servers.ready(["raw"]) for _ in range(5)), return_exceptions=True)
        await servers.aclose()
        return found

    errors = asyncio.run(many())
    assert all(isinstance(error, ToolServerError) for error in errors)
    assert len({id(error) for error in errors}) == 5


def test_a_pin_in_the_file_must_be_the_fingerprint_of_what_is_offered() -> None:
    async def pin() -> str:
        servers = raw_servers(allow=("echo",))
        found = await offered(servers)
        await servers.aclose()
        return fingerprint(found.values())

    right = asyncio.run(pin())
    assert asyncio.run(_ready(raw_servers(allow=("echo",), pin=right))).warnings == ()
    refused = _refusal(raw_servers(allow=("echo", "pid"), pin=right))
    assert (refused.code, refused.exit_code) == ("tools_changed", 3)
    assert "pin: sha256:" in refused.mend
