"""`mcp`: a server of tools, at an address or started by a command; what it is told of us, and what it may know."""

from __future__ import annotations

from collections.abc import Sequence

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.endpoints import address_problem
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.servers import ALL, START_S, ServedTool, ToolServer
from agents_sahara.graph.variables import fill_in
from agents_sahara.settings import KEY_NAMES
from agents_sahara.spec.names import normal
from agents_sahara.spec.tools.mcp import McpSpec, WordSpec
from agents_sahara.spec.values import ToolSpec


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """Each tool that the file allows, or the server as a whole."""
    if not isinstance(spec.mcp, McpSpec) or spec.owner is None:
        return ()
    server = _server(normal(spec.owner.text), spec, spec.mcp, makings)
    if server.allow is None:
        return (Meant(ServedTool(server, None), name=f"{server.key}{ALL}"),)
    return tuple(Meant(ServedTool(server, name), name=server.shown(name)) for name in server.allow)


def _server(key: str, spec: ToolSpec, mcp: McpSpec, makings: Makings) -> ToolServer:
    allow = None if mcp.allow is None else tuple(dict.fromkeys(word.text for word in mcp.allow))
    return ToolServer(
        key=key,
        url=None if mcp.url is None else _url(mcp, makings),
        headers=_headers(mcp, makings),
        command=_command(mcp, makings),
        variables=tuple(word.text for word in mcp.env or () if _is_passed(word, makings)),
        allow=allow,
        prefix=mcp.prefix or "",
        pin=mcp.pin or "",
        start_s=START_S if mcp.start_timeout is None else mcp.start_timeout,
        is_required=spec.required is not False,
    )


def _url(mcp: McpSpec, makings: Makings) -> str | None:
    assert mcp.url is not None
    url = _filled(mcp.url, mcp.place_of("url"), makings)
    if url is None:
        return None
    plain, _, query = url.partition("?")
    problem = address_problem(plain) or _query_problem(query)
    if problem is None:
        return url
    if "@" in url:
        makings.around.masks.append(mcp.url)
    mend = "write an address such as https://tools.example/mcp; plain http only for this machine"
    makings.around.report.add("bad-base-url", mcp.place_of("url"), f"'url' {problem}", mend=mend)
    return None


def _filled(text: str, place: Place, makings: Makings) -> str | None:
    return fill_in(text, place, makings.secrets, makings.around)


def _query_problem(query: str) -> str | None:
    if "#" in query:
        return "must not have a fragment"
    is_plain = query.isascii() and (query.isprintable() or not query) and " " not in query
    return None if is_plain else "has characters that no URL has"


def _command(mcp: McpSpec, makings: Makings) -> tuple[str, ...]:
    words = [_filled(word.text, word.node.place, makings) for word in mcp.command or ()]
    if mcp.command and words[0] is not None and not words[0].strip():
        place, mend = (
            mcp.command[0].node.place,
            "write the program first, then each argument as an item of its own",
        )
        makings.around.report.add("bad-command", place, "the command names no program", mend=mend)
    return tuple(word for word in words if word is not None)


def _is_passed(word: WordSpec, makings: Makings) -> bool:
    around = makings.around
    around.variables[word.text] = None
    if word.text.upper() in KEY_NAMES:
        message = f"{word.text} holds the Sahara key, which no server of tools gets"
        around.report.add("sahara-key", word.node.place, message, mend="remove it")
        return False
    return True


def _headers(mcp: McpSpec, makings: Makings) -> tuple[tuple[str, str], ...]:
    words = (mcp.headers or {}).items()
    return tuple((name, word.text) for name, word in words if _is_sendable(word, makings))


def _is_sendable(word: WordSpec, makings: Makings) -> bool:
    if word.text.isascii() and word.text.isprintable():
        place, around = word.node.place, makings.around
        return fill_in(word.text, place, makings.secrets, around, may_be_secret=True) is not None
    message = "the value of a header is ASCII text on one line"
    makings.around.report.add("bad-header", word.node.place, message, mend="remove the other characters")
    return False
