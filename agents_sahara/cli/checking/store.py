"""Where a team's conversations are kept: looked at, and, where that is asked for, reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from agents_sahara.cli.check import Check, failed
from agents_sahara.cli.checking.consented import not_consented
from agents_sahara.errors import SaharaError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.sessions.looking import look, reach
from agents_sahara.trust.consent import Consent


def store_checks(
    graph: AgentGraph, consent: Consent, state: Path | None, *, is_probing: bool
) -> Iterator[Check]:
    """The place itself; a server only where `is_probing`, and nothing is made or written there."""
    try:
        yield Check("conversations", "ok", f"kept {look(graph, state)}")
    except SaharaError as error:
        yield failed("conversations", error)
        return
    if not is_probing or graph.session.url is None:
        return
    name = "server of conversations"
    wants = () if graph.session.want is None else (graph.session.want,)
    denied = not_consented(name, wants, consent)
    if denied is not None:
        yield denied
        return
    try:
        yield Check(name, "ok", asyncio.run(reach(graph)))
    except SaharaError as error:
        yield failed(name, error)
