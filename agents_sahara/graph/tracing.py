"""`tracing` as meant.

A stranger's file chooses no place outside its own folder, and no name that something else may read as its own.
"""

from __future__ import annotations

from agents_sahara.graph.files import path_problem
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import Tracing
from agents_sahara.spec.values import TeamSpec

_MEND = "name a folder below the folder of this file, such as traces/, or a file there, such as trace.jsonl"


def tracing(spec: TeamSpec, around: Surroundings) -> Tracing:
    """Where the traces of the team's runs go; a path that may not be written is reported."""
    said = spec.tracing
    if said is None:
        return Tracing()
    problem = None if said.file is None else path_problem(said.file.rstrip("/") or said.file)
    if problem is not None:
        message = f"the path {said.file!r} {problem}"
        around.report.add("bad-path", said.place_of("file"), message, mend=_MEND)
    return Tracing(said.file, otel=said.otel is True, content=said.content is True)
