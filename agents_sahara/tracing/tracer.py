"""Opens the trace of each run of a team, and closes it however the run ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from agents_sahara.errors import SettingsError
from agents_sahara.events import RunResult
from agents_sahara.graph.values import AgentGraph
from agents_sahara.settings import Secret, Settings
from agents_sahara.settings.masks import mask_of
from agents_sahara.tracing.lines import Complaints, LineFile, is_folder
from agents_sahara.tracing.run import RunTrace, Sink, Strand, current_strand
from agents_sahara.usage.ledger import Ledger

Finish: TypeAlias = Callable[[RunResult], RunResult]
"""Told of the result; gives it back."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a trace says first."""

    trace_id: str
    entry: str
    given: object
    """The message, or the conversation."""
    session: str | None = None
    is_resumed: bool = False
    """Whether it goes on where it waited for a person."""


@dataclass(frozen=True, slots=True)
class Tracer:
    """Where the traces of one team go."""

    graph: AgentGraph
    settings: Settings
    file: Path | None = None
    """What the operator names, in place of the team file's."""
    complaints: Complaints = field(default_factory=Complaints)

    def require_packages(self) -> None:
        """Say at once that a team which wants OpenTelemetry cannot have it.

        Raises:
            SettingsError: `opentelemetry-api` is not installed.
        """
        if self.graph.tracing.otel and find_spec("opentelemetry") is None:
            raise SettingsError(
                "the team file says `tracing: {otel: true}`, and OpenTelemetry is not installed",
                mend="pip install 'agents_sahara[otel]'",
            )

    @contextmanager
    def run(self, ledger: Ledger, begun: Begun) -> Iterator[Finish]:
        """Trace the run that the block is, if anybody wants it; the block tells its result."""
        sinks = self._sinks(begun)
        if not sinks:
            yield _same
            return
        wanted = self.graph.tracing
        trace = RunTrace(begun.trace_id, sinks, wanted.content, self._mask())
        facts = {"entry": begun.entry, "session": begun.session, "resumed": begun.is_resumed}
        trace.run_started(self.graph.name, facts, begun.given)
        ledger.witness = trace
        token = current_strand.set(Strand(trace, trace.root))
        try:
            with _told(trace):
                yield _finish(trace)
        finally:
            current_strand.reset(token)

    def hide(self, text: str) -> str:
        """`text` without the keys that the team uses."""
        return self._mask()(text)

    def _mask(self) -> Callable[[str], str]:
        return mask_of(self.settings, [self.graph.session.url, *self._endpoint_keys()])

    def _endpoint_keys(self) -> Iterator[Secret]:
        for endpoint in self.graph.endpoints.values():
            if endpoint.api_key_env is not None:
                try:
                    yield self.settings.endpoint_key(endpoint.api_key_env)
                except SettingsError:
                    continue

    def _sinks(self, begun: Begun) -> list[Sink]:
        sinks: list[Sink] = []
        path = self.file or self._own_file()
        if path is not None:
            sinks.append(
                LineFile(_of_run(path, begun) if self._is_folder(path) else path, self.complaints.tell)
            )
        if self.graph.tracing.otel:
            from agents_sahara.tracing.otel import OtelSink  # an extra that few teams want

            sinks.append(OtelSink(self.settings.base_url, self.graph.endpoints, self.complaints.tell))
        return sinks

    def _is_folder(self, path: Path) -> bool:
        wanted = self.graph.tracing.file
        is_own = self.file is None and wanted is not None and wanted.endswith("/")
        return is_own or is_folder(path)

    def _own_file(self) -> Path | None:
        """Where the team file wants it: below its own folder; a team given as text has the user's state folder."""
        wanted = self.graph.tracing.file
        if wanted is None:
            return None
        folder = self.graph.folder
        if folder is None:
            state = self.settings.state_place()
            if state is None:
                self.complaints.tell("there is no folder for it: this user has no home")
                return None
            return state / "traces" / wanted
        path = folder / wanted
        if not path.resolve().is_relative_to(folder.resolve()):
            self.complaints.tell(f"{wanted!r} leads out of the team file's folder")
            return None
        return path


def _same(result: RunResult) -> RunResult:
    return result


def _of_run(folder: Path, begun: Begun) -> Path:
    """The run's own file there; one that goes on has it already, unless somebody took it away."""
    name = f"-{begun.trace_id}.jsonl"
    if begun.is_resumed and folder.is_dir():
        known = next(folder.glob(f"*{name}"), None)
        if known is not None:
            return known
    return folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{name}"


def _finish(trace: RunTrace) -> Finish:
    def finish(result: RunResult) -> RunResult:
        trace.run_finished(result)
        return result

    return finish


@contextmanager
def _told(trace: RunTrace) -> Iterator[None]:
    """Tell how the block ends, where it does not tell itself."""
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt):
        trace.run_cancelled()
        raise
    except BaseException as error:
        trace.run_failed(error)
        raise
