"""One thing that a team file asks of whoever runs it: code, a program, a host.

Values only: who allows them stands in `consent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.diagnostics.finding import Place

WantKind: TypeAlias = Literal["python", "command", "host", "endpoint", "store"]
"""`host` is one that a tool calls, `endpoint` one that is asked for models, `store` one that keeps conversations."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is asked for, and where the file asks."""

    kind: WantKind
    what: str
    """The module, the host, or the program with its arguments."""
    asker: str
    """What of the file needs it, such as `the tool 'refund'`."""
    place: Place
    detail: str = ""
    """What else a yes would be for: of a program, its arguments and variables word by word."""

    @property
    def thing(self) -> tuple[str, str, str]:
        """What is asked for, whoever asks."""
        return self.kind, self.what, self.detail
