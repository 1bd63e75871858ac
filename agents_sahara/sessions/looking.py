"""Whether a team's conversations could be kept: looked at, with nothing made, written or upgraded."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

from agents_sahara.graph.values import AgentGraph
from agents_sahara.sessions.faults import error_of, fault_at
from agents_sahara.sessions.opening import not_installed
from agents_sahara.sessions.places import file_of
from agents_sahara.sessions.schema import UPGRADES, version_of

_PACKAGES = {"postgresql": ("sqlalchemy", "asyncpg"), "redis": ("redis",)}
_MEND = "let this user write the file and its folder, or name another file in `session`"


def look(graph: AgentGraph, state: Path | None) -> str:
    """Where the conversations are kept, and in what condition the place is; no server is asked.

    Raises:
        SessionError: they cannot be kept there.
    """
    store = graph.session
    if store.kind == "memory":
        return "in memory, forgotten when the program ends"
    if store.kind == "sqlite":
        return _look_at(file_of(graph, state))
    for package in _PACKAGES[store.kind]:
        if importlib.util.find_spec(package) is None:
            raise not_installed(store.kind, package)
    assert store.url is not None
    parts = urlsplit(store.url.reveal())
    port = f":{parts.port}" if parts.port else ""
    return f"on {parts.scheme}://{parts.hostname}{port}{parts.path}"


def _look_at(path: Path) -> str:
    if not path.exists():
        above = next(part for part in path.parents if part.exists())
        if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
            raise fault_at(path, "unusable", f"cannot be made: {above} cannot be written", _MEND)
        return f"in {path}, which the first conversation makes"
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise fault_at(path, "read_only", "cannot be written", _MEND)
    return f"in {path}, {_version(path)}"


def _version(path: Path) -> str:
    """Of the file itself: what lies beside it belongs to whoever is writing, and is left alone."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            version = version_of(connection, path)
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        raise error_of(problem, path) from problem
    if version == 0:
        return "empty or just being made"
    return f"schema {version}" + (
        f", upgraded when it is used to {len(UPGRADES)}" if version < len(UPGRADES) else ""
    )


async def reach(graph: AgentGraph) -> str:
    """What the server says that keeps the conversations; nothing is made there.

    Raises:
        SessionError: it cannot be reached, refuses, or cannot be used.
    """
    store = graph.session
    assert store.url is not None
    url = store.url.reveal()
    try:
        if store.kind == "postgresql":
            from agents_sahara.sessions.postgres import PostgresBackend

            return await PostgresBackend.look(url)
        from agents_sahara.sessions.redis import RedisBackend
    except ImportError as problem:
        raise not_installed(store.kind, problem.name or "") from problem
    backend = await RedisBackend.connect(url)
    await backend.aclose()
    return "answers"
