"""Spans as OpenTelemetry's API is told of them, kept in memory: the API alone is installed, and it keeps none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan


@dataclass
class Kept(NonRecordingSpan):
    """One span."""

    name: str
    kind: str
    parent: str | None
    attributes: dict[str, Any]
    began: int
    ended: int = 0
    events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    status: str = ""

    def __post_init__(self) -> None:
        super().__init__(INVALID_SPAN_CONTEXT)

    def is_recording(self) -> bool:
        return True

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.attributes.update(attributes)

    def set_status(self, status: Any, _: str | None = None) -> None:
        self.status = status.status_code.name

    def add_event(self, name: str, attributes: Any = None, _: int | None = None) -> None:
        self.events.append((name, attributes))

    def end(self, end_time: int | None = None) -> None:
        self.ended = end_time or 0


class _Tracer:
    def __init__(self, spans: list[Kept]) -> None:
        self._spans = spans

    def start_span(self, name: str, context: Any, kind: Any, *, attributes: Any, start_time: int) -> Kept:
        above = trace.get_current_span(context)
        parent = above.name if isinstance(above, Kept) else None
        self._spans.append(Kept(name, kind.name, parent, dict(attributes), start_time))
        return self._spans[-1]


@contextmanager
def kept_spans() -> Iterator[list[Kept]]:
    """The spans that are begun inside the block, in order."""
    spans: list[Kept] = []
    with mock.patch("opentelemetry.trace.get_tracer", return_value=_Tracer(spans)):
        yield spans
