"""Where a file of conversations lies.

Beside the team file, where the file names one; where that folder cannot be written and has no such file yet, and for
a team given as text, in the user's state folder, as for a team whose file says nothing of sessions.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from agents_sahara.errors import SessionError
from agents_sahara.graph.values import AgentGraph, SessionStore
from agents_sahara.sessions.faults import fault_at

USUAL_NAME = "sessions.db"

_MOST_NAME = 40


def file_of(graph: AgentGraph, state: Path | None) -> Path:
    """The file of the team's conversations; it need not exist yet.

    Raises:
        SessionError: it would lie outside the team file's folder, or there is no state folder.
    """
    store = graph.session
    file = store.file
    if file is None or store.kind != "sqlite":
        return _in_state(graph, state, USUAL_NAME)
    if store.is_operators_path and Path(file).expanduser().is_absolute():
        return Path(file).expanduser().resolve()
    if graph.folder is None:
        return _in_state(graph, state, file)
    beside = graph.folder / file
    if not beside.exists() and not _can_be_made(beside):
        return _in_state(graph, state, file)
    return _inside(beside, graph.folder, store)


def _inside(path: Path, folder: Path, store: SessionStore) -> Path:
    real = path.resolve()
    if not store.is_operators_path and not real.is_relative_to(folder.resolve()):
        raise fault_at(path, "unusable", "leads out of the team file's folder", "replace the link by a file")
    return real


def _can_be_made(path: Path) -> bool:
    above = next((part for part in path.parents if part.exists()), None)
    return above is not None and os.access(above, os.W_OK | os.X_OK)


def _in_state(graph: AgentGraph, state: Path | None, name: str) -> Path:
    """A folder of the team's own: by its name, and by where its file lies."""
    if state is None:
        raise SessionError(
            "there is no folder for conversations: this user has no home",
            fault="unusable",
            mend="set SAHARA_STATE_DIR, or name a file: session: {store: sqlite:sessions.db}",
        )
    folder = "" if graph.folder is None else str(graph.folder.resolve())
    digest = sha256(f"{folder}\0{graph.name}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in graph.name)
    return (state / "sessions" / f"{plain[:_MOST_NAME]}-{digest}" / name).resolve()
