"""The corpus in tests/broken: each file with what it expects and what the operator says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from agents_sahara.diagnostics.finding import Finding
from agents_sahara.loader import Loaded, read_team
from agents_sahara.trust.consent import Consent

FOLDER = Path(__file__).parent / "broken"

_SUGGESTION = re.compile(r"did you mean '(.*?)'\?")


@dataclass(slots=True)
class BrokenFile:
    """One file of the corpus."""

    path: Path
    expected: list[str] = field(default_factory=list)
    """Lines such as `unknown-key 7:5 suggests 'handoffs'`."""
    vars: dict[str, str] = field(default_factory=dict)
    profile: str | None = None
    consent: Consent | None = None

    def load(self) -> Loaded:
        return read_team(self.path, vars=self.vars, profile=self.profile, environ={}, consent=self.consent)

    def shown(self, finding: Finding) -> str:
        """A finding in the words of the corpus."""
        place = finding.place
        inner = Path(place.file).relative_to(self.path.parent).as_posix()
        where = f"{place.line}:{place.column}"
        where = where if inner == self.path.name else f"{inner}:{where}"
        match = _SUGGESTION.match(finding.mend)
        return f"{finding.id} {where}" + (f" suggests {match[1]!r}" if match else "")


def broken_files() -> list[BrokenFile]:
    return [_read(path) for path in sorted(FOLDER.glob("*.yaml"))]


def _read(path: Path) -> BrokenFile:
    broken = BrokenFile(path)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# expect: "):
            broken.expected.append(line.removeprefix("# expect: "))
        elif line.startswith("# with: var "):
            name, value = line.removeprefix("# with: var ").split("=")
            broken.vars[name] = value
        elif line.startswith("# with: profile "):
            broken.profile = line.removeprefix("# with: profile ")
        elif line.startswith("# with: allow-host "):
            broken.consent = Consent.given(allow_hosts=[line.removeprefix("# with: allow-host ")])
        elif line == "# with: untrusted":
            broken.consent = Consent.given(trust="untrusted")
        elif line == "# with: no consent":
            broken.consent = Consent()
    return broken
