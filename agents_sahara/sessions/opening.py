"""From what a team file says of `session` to a store, by the kind of store.

Nothing is opened before the first conversation. A team that a simulator answers asks no server.
"""

from __future__ import annotations

from pathlib import Path

from agents_sahara.errors import SessionError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.sessions.memory import MemoryStore
from agents_sahara.sessions.places import file_of
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
    raise SessionError(
        f"conversations on a server ({kind}) are not kept yet by this version",
        fault="unusable",
        mend="keep them in a file: session: {store: sqlite:sessions.db}",
    )
