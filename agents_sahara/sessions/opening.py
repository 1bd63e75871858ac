"""From what a team file says of `session` to a store, by the kind of store.

Nothing is opened before the first conversation. A team that a simulator answers asks no server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from agents_sahara.errors import SessionError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.sessions.memory import MemoryStore
from agents_sahara.sessions.places import file_of
from agents_sahara.sessions.server import Backend, ServerStore
from agents_sahara.sessions.sqlite import SqliteStore
from agents_sahara.sessions.values import Store


def open_store(graph: AgentGraph, *, state: Path | None, is_local: bool) -> Store:
    """The store of the team's conversations; `state` is the user's state folder.

    Raises:
        SessionError: the file says something that cannot be used here.
    """
    kind = graph.session.kind
    if kind == "memory":
        return MemoryStore()
    if kind == "sqlite" or is_local:
        return SqliteStore(file_of(graph, state))
    assert graph.session.url is not None
    return _server(kind, graph.session.url.reveal())


def not_installed(kind: str, package: str) -> SessionError:
    """That a store of this kind needs a package that is not there."""
    extra = "postgres" if kind == "postgresql" else "redis"
    return SessionError(
        f"conversations on {kind} need the package {package!r}",
        fault="not_installed",
        mend=f"pip install 'agents-sahara[{extra}]', or keep them in a file: sqlite:sessions.db",
    )


def _server(kind: str, url: str) -> Store:
    """Imported here: both need packages that an extra brings, and the SDK."""
    try:
        if kind == "postgresql":
            from agents_sahara.sessions import postgres as module

            connect: Callable[[str], Awaitable[Backend]] = module.PostgresBackend.connect
            where = module.where_of(url)
        else:
            from agents_sahara.sessions import redis as other

            connect, where = other.RedisBackend.connect, other.where_of(url)
    except ImportError as problem:
        raise not_installed(kind, problem.name or "") from problem
    return ServerStore(where, partial(connect, url))
