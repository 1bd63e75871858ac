"""`session` as meant: which store keeps the conversations of the team.

A stranger's file must not choose where on the machine something is written, nor who gets to read what users say: a
path stays below the team file's folder unless the operator's environment gives it, and a server that is not this
machine needs the operator's consent. Nothing is opened here, and no name is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.files import path_problem
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import SessionStore
from agents_sahara.graph.variables import fill_in
from agents_sahara.settings import Secret
from agents_sahara.spec.values import SessionSpec, TeamSpec
from agents_sahara.trust.wants import Want

_MEND = "write sqlite:sessions.db, memory, postgresql://USER:${DB_PASSWORD}@HOST/NAME or redis://HOST:6379/0"
_KINDS = ("sqlite", "memory", "postgresql", "redis")
_SERVERS = ("postgresql", "redis", "rediss")
_FROM_OPERATOR = re.compile(r"(?:sqlite:)?\$\{[A-Za-z_][A-Za-z0-9_]*(?::\?[^}]*)?\}")
"""What begins with a variable that has no default of the file's: the operator alone says what stands there."""
_PASSWORD_IN_FILE = re.compile(r"://[^/@]*:(?P<password>(?!\$\{)[^/@]+)@")


def session_store(spec: TeamSpec, secrets: Collection[str], around: Surroundings) -> SessionStore:
    """Where the file wants its conversations; what cannot be used is reported."""
    said = spec.session
    if said is None:
        return SessionStore()
    if said.store is None:
        return SessionStore(keep_turns=said.keep_turns)
    store = _Store(said, said.store, said.place_of("store"), around)
    return store.read(secrets)


class _Store:
    """The text behind `store`, on its way to a meaning."""

    def __init__(self, said: SessionSpec, written: str, place: Place, around: Surroundings) -> None:
        self._said = said
        self._written = written
        self._place = place
        self._around = around

    def read(self, secrets: Collection[str]) -> SessionStore:
        usual = SessionStore(keep_turns=self._said.keep_turns)
        password = _PASSWORD_IN_FILE.search(self._written)
        if password is not None:
            self._around.masks.append(password["password"])
            self._refuse(
                "has a password in the file", "put it into a variable: postgresql://bot:${DB_PASSWORD}@..."
            )
            return usual
        text = fill_in(self._written, self._place, secrets, self._around, may_be_password=True)
        if text is None:
            return usual
        kind, colon, rest = text.partition(":")
        if text == "memory":
            return SessionStore("memory", keep_turns=self._said.keep_turns)
        if kind == "sqlite" and colon:
            return self._file(rest)
        if kind in _SERVERS and rest.startswith("//"):
            return self._server(text)
        shown = repr(kind) if kind.isalnum() and len(kind) <= 20 else "this"
        near = did_you_mean(kind, _KINDS, what="stores") if kind.isalnum() else ""
        self._refuse(f"names no store that there is: {shown}", f"{near}; {_MEND}" if near else _MEND)
        return usual

    def _file(self, path: str) -> SessionStore:
        is_operators = _FROM_OPERATOR.match(self._written) is not None
        problem = _file_problem(path) or (None if is_operators else path_problem(path))
        if problem is not None:
            mend = "name a file below the folder of this one, such as sqlite:sessions.db; "
            mend += "a path elsewhere comes from the environment: sqlite:${SESSIONS_FILE}"
            shown = "from the environment" if is_operators else repr(path)
            self._around.report.add("bad-path", self._place, f"the path {shown} {problem}", mend=mend)
        return SessionStore("sqlite", path, is_operators_path=is_operators, keep_turns=self._said.keep_turns)

    def _server(self, url: str) -> SessionStore:
        parts, want = _split(url), None
        if parts is None or not parts.hostname:
            self._refuse("is no address that can be used", _MEND)
        else:
            want = Want("store", parts.hostname, "the file", self._place)
        keep, secret = self._said.keep_turns, Secret(url)
        kind: Literal["postgresql", "redis"] = "postgresql" if url.startswith("postgresql:") else "redis"
        return SessionStore(kind, url=secret, keep_turns=keep, want=want)

    def _refuse(self, problem: str, mend: str) -> None:
        self._around.report.add("bad-session-store", self._place, f"'store' {problem}", mend=mend)


def _file_problem(path: str) -> str | None:
    if not path.strip() or path.endswith("/"):
        return "names no file"
    if path.startswith("//"):
        return "begins with '//', which no path here does"
    if path.lower() in (":memory:", "memory") or path.startswith("file:"):
        return "is a special name of SQLite"
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
