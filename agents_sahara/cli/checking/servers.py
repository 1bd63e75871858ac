"""A team's servers of tools: what can be told without them, and, where that is asked for, what they say themselves.

A server that is started here is ended here, and what it says of its tools is not accepted by looking at it.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agents_sahara.cli.accepting_lines import lines_of
from agents_sahara.cli.check import Check
from agents_sahara.cli.checking.consented import not_consented
from agents_sahara.cli.terminal import one_line
from agents_sahara.errors import SaharaError, ToolsChangedError
from agents_sahara.graph.tools.servers import ServedTool, ToolServer
from agents_sahara.graph.values import AgentGraph
from agents_sahara.tools.mcp.keepers import Keepers
from agents_sahara.tools.mcp.offers import Offer, fingerprint
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.process import Command, Leaving, program
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.tools.mcp.wanted import Wanted, variables, wanted_of
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.wants import Want

_MOST_NAMED = 12


def server_checks(
    graph: AgentGraph, environ: Mapping[str, str], consent: Consent, state: Path | None, *, is_probing: bool
) -> Iterator[Check]:
    """All servers that agents have tools of; none is started or reached unless `is_probing`."""
    known = variables(environ)
    for server, wants in _servers(graph).items():
        try:
            wanted = wanted_of(server, graph, known)
            setup = _set_up(server, wanted)
        except SaharaError as error:
            yield _failed(f"server {server.key}", server, error)
            continue
        yield setup
        if is_probing:
            name = f"tools of {server.key}"
            yield not_consented(name, wants, consent) or _asked(name, server, wanted, state)


def _servers(graph: AgentGraph) -> dict[ToolServer, list[Want]]:
    found: dict[ToolServer, list[Want]] = {}
    for node in graph.agents.values():
        for tool in node.tools:
            if isinstance(tool.does, ServedTool):
                found.setdefault(tool.does.server, []).extend(tool.wants())
    return found


def _set_up(server: ToolServer, wanted: Wanted) -> Check:
    """What the file and this machine say of a server.

    Raises:
        ToolServerError: its program is not there.
    """
    name = f"server {server.key}"
    if not isinstance(wanted.way, Command):
        return Check(name, "ok", f"at {_plain(server.url or '')}")
    said = f"runs {one_line(shlex.join(server.command), most=200)}: {program(wanted.way, wanted.environ)}"
    unset = [variable for variable in server.variables if variable not in wanted.environ]
    if unset:
        mend = " ".join(f"export {variable}=..." for variable in unset)
        return Check(name, "warning", f"{said}; not set: {', '.join(unset)}", mend)
    return Check(name, "ok", said)


def _plain(url: str) -> str:
    """An address without its query, which may hold a credential."""
    return url.partition("?")[0]


def _failed(name: str, server: ToolServer, error: SaharaError) -> Check:
    """Runs go on without a server that is not required."""
    outcome = Check(name, "failed", error.message, error.mend, error.exit_code)
    is_needed = server.is_required or isinstance(error, ToolsChangedError)
    return outcome if is_needed else replace(outcome, outcome="warning", exit_code=0)


@dataclass(frozen=True, slots=True)
class _Looked:
    offers: tuple[Offer, ...]
    warnings: tuple[str, ...]
    left: Leaving


def _asked(name: str, server: ToolServer, wanted: Wanted, state: Path | None) -> Check:
    """What the server itself says: started or reached, asked for its tools, and left again."""
    pins = Pins(state, is_kept=False)
    try:
        looked = asyncio.run(_look(replace(wanted, is_required=True), Keepers(pins)))
    except ToolsChangedError as changed:
        more = "; ".join(line.strip() for change in changed.changes for line in lines_of(change))
        check = _failed(name, server, changed)
        return replace(check, detail=f"{check.detail} ({more})") if more else check
    except SaharaError as error:
        return _failed(name, server, error)
    is_known = bool(server.pin) or pins.was_kept(wanted.way)
    told = f"{_named(looked.offers)}, {'as accepted' if is_known else 'not accepted before'}"
    print_ = fingerprint(looked.offers)
    if looked.left == "killed":
        mend = "let it end when its input ends, or when it gets SIGTERM"
        return Check(name, "warning", f"{told}; it did not leave, and was killed", mend)
    if looked.warnings:
        return Check(name, "warning", "; ".join((told, *looked.warnings)))
    return Check(name, "ok", told if server.pin else f"{told}; pin: {print_}")


async def _look(wanted: Wanted, keepers: Keepers) -> _Looked:
    """Raises:
    ToolServerError: it is not there, does not keep to the protocol, or has not what the file names.
    """
    servers = Servers([wanted], keepers)
    left: Leaving = ""
    try:
        ready = await servers.ready([wanted.key])
    finally:
        left = await servers.leave(wanted.key)
    return _Looked(ready.offers[wanted.key], ready.warnings, left)


def _named(offers: tuple[Offer, ...]) -> str:
    names = [one_line(offer.name, most=80) for offer in offers]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    number = "1 tool" if len(names) == 1 else f"{len(names)} tools"
    return f"{number}: {', '.join(names[:_MOST_NAMED])}{more}" if names else "no tools"
