"""A team file on its way into a command: the checked graph, or every finding as one error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agents_sahara.cli.consenting import with_yes
from agents_sahara.cli.console import Console
from agents_sahara.cli.loading import without_collection
from agents_sahara.diagnostics.render import render
from agents_sahara.errors import SpecError, UsageError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.loader import read_team
from agents_sahara.trust.consent import Consent


def read_graph(
    team: str,
    console: Console,
    *,
    vars: Mapping[str, str],  # noqa: A002  the format's own word, as in `load_team(vars=...)`
    profile: str | None,
    consent: Consent | None = None,
) -> AgentGraph:
    """The checked team in the file `team`; warnings are counted on stderr.

    Raises:
        SpecError: the file has errors; all findings are in it.
    """
    with without_collection():
        loaded = read_team(Path(team), vars=vars, profile=profile, consent=consent)
    if loaded.refused and consent is not None:
        more = with_yes(loaded.refused, consent, Path(team).parent, console)
        if more is not None:
            loaded = read_team(Path(team), vars=vars, profile=profile, consent=more)
    if loaded.graph is None:
        rendered = render(
            loaded.findings, format="text", texts=loaded.texts, files=1, color=console.err_has_color
        )
        raise SpecError(loaded.findings, rendered=rendered)
    if loaded.findings:
        count = len(loaded.findings)
        console.warn(f"{team}: {count} warning{'s'[: count > 1]}; `agents-sahara validate {team}` tells more")
    return loaded.graph


def refuse_swapped(team: str, message: str | None) -> None:
    """Notice a team file that stands where the message belongs.

    Raises:
        UsageError: `message` names a team file, and `team` names nothing that could be one.
    """
    if message is None or not _is_called_yaml(message) or _is_called_yaml(team):
        return
    if os.path.exists(team):  # noqa: PTH110  `Path` raises where a text is too long for a name
        return
    if not os.path.isfile(message):  # noqa: PTH113  as above
        return
    raise UsageError(
        f"the team file {message!r} stands behind the message",
        mend=f'the file comes first, then the message in quotes: run-agent {message} "Hello"',
    )


def _is_called_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))
