"""Every command of `agents-sahara`, in the order of its help."""

from __future__ import annotations

from agents_sahara.cli.audit import AUDIT
from agents_sahara.cli.command import Command
from agents_sahara.cli.doctor import DOCTOR
from agents_sahara.cli.graph import GRAPH
from agents_sahara.cli.local import LOCAL
from agents_sahara.cli.model import MODEL
from agents_sahara.cli.models import MODELS
from agents_sahara.cli.providers import PROVIDERS
from agents_sahara.cli.run import RUN
from agents_sahara.cli.schema import SCHEMA
from agents_sahara.cli.usage import USAGE_REPORT
from agents_sahara.cli.validate import VALIDATE

COMMANDS: tuple[Command, ...] = (
    RUN,
    VALIDATE,
    GRAPH,
    AUDIT,
    SCHEMA,
    MODELS,
    PROVIDERS,
    MODEL,
    LOCAL,
    DOCTOR,
    USAGE_REPORT,
)
"""A new command adds its file, its row here, its tests and its section in docs/reference/CLI.md."""
