"""One thing that a team file asks of whoever runs it: code, a program, a host.

Values only: who allows them stands in `consent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from agents_sahara.diagnostics.finding import Place

WantKind: TypeAlias = Literal["python", "command", "host", "server", "endpoint", "store"]
"""Of hosts: `host` is one that a tool calls, `server` one that has tools itself, `endpoint` one that is asked for
models, `store` one that keeps conversations."""


class Wish(NamedTuple):
    """What a tool asks for, without its place in the file."""

    kind: WantKind
    what: str
    detail: str = ""


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
    """What else a yes is for: of a program, the variables that it gets."""

    @property
    def thing(self) -> tuple[str, str, str]:
        """What is asked for, whoever asks."""
        return self.kind, self.what, self.detail
