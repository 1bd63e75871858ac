"""What the operator allows: nothing that was not said.

Consent belongs to whoever runs a team; no team file can give it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from agents_sahara.settings import is_loopback
from agents_sahara.trust.wants import Want

_LOOPBACK_FREE = ("endpoint", "store", "server")
"""This machine may be asked for models, keep conversations and have servers of tools; a request that a tool makes to
it needs the operator's word."""

Trust: TypeAlias = Literal["operator", "untrusted"]
"""`untrusted` is for files from strangers: whatever else was allowed, they get nothing of it."""


@dataclass(frozen=True, slots=True)
class Consent:
    """An operator's word for one team."""

    python: frozenset[str] = frozenset()
    """Modules whose marked functions may be tools, by their whole name."""
    hosts: frozenset[str] = frozenset()
    """Hosts, lower case, beside the gateway's."""
    commands: bool = False
    """Whether programs may be started."""
    things: frozenset[tuple[str, str, str]] = frozenset()
    """What a person said yes to, one by one."""
    tools: frozenset[str] = frozenset()
    """Keys of servers of tools whose tools are accepted as they are now, whatever they were before."""
    is_untrusted: bool = False
    is_local: bool = False
    """Whether a local gateway answers for every endpoint, and conversations stay here: no such host is reached."""

    @classmethod
    def given(
        cls,
        *,
        allow_python: Iterable[str] = (),
        allow_hosts: Iterable[str] = (),
        allow_commands: bool = False,
        accept_tools: Iterable[str] = (),
        trust: Trust = "operator",
        is_local: bool = False,
    ) -> Self:
        """From the words of `load_team` and of the command line.

        Raises:
            ValueError: `trust` is neither of its two words.
            TypeError: a text stands where a list of texts is meant.
        """
        if trust not in ("operator", "untrusted"):
            raise ValueError(f"trust is {trust!r}, and must be 'operator' or 'untrusted'")
        lists = (("allow_python", allow_python), ("allow_hosts", allow_hosts), ("accept_tools", accept_tools))
        for name, listed in lists:
            if isinstance(listed, str):
                raise TypeError(f"{name} is the text {listed!r}, and must be a list: [{listed!r}]")
        hosts = frozenset(host.lower() for host in allow_hosts)
        return cls(
            python=frozenset(allow_python),
            hosts=hosts,
            commands=allow_commands is True,
            tools=frozenset(accept_tools),
            is_untrusted=trust == "untrusted",
            is_local=is_local,
        )

    def with_yes(self, want: Want) -> Self:
        """The same, and this one thing."""
        return replace(self, things=self.things | {want.thing})

    def allows(self, want: Want) -> bool:
        """Whether the operator has said yes to this very thing."""
        if want.kind in ("endpoint", "store") and self.is_local:
            return True
        if self.is_untrusted:
            return False
        if want.thing in self.things or (want.kind in _LOOPBACK_FREE and is_loopback(want.what)):
            return True
        if want.kind == "python":
            return want.what in self.python
        return self.commands if want.kind == "command" else want.what in self.hosts
