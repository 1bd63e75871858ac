"""`tracing`: where the traces of runs go, and how much they tell."""

from __future__ import annotations

from agents_sahara.spec.containers import Field, Record
from agents_sahara.spec.shapes import Text, Truth
from agents_sahara.spec.values import TracingSpec

TRACING: Record[TracingSpec] = Record(
    "tracing",
    TracingSpec,
    (
        Field(
            "file",
            Text(
                most=512,
                pattern=r"(?:/|[^/]\.jsonl)$(?!\n)",
                rule="bad-trace-file",
                expects="a folder, such as traces/, or a file whose name ends in .jsonl",
            ),
            "A folder that gets a file for each run (`traces/`), or a file that all runs share (`trace.jsonl`).",
        ),
        Field(
            "otel", Truth(), "`true` tells OpenTelemetry, as far as the program has set it up.", default=False
        ),
        Field("content", Truth(), "`true` keeps what people, models and tools say, too.", default=False),
    ),
)
