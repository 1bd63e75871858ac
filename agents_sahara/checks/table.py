"""Every check by name. A check looks at a whole team and says what is doubtful about it."""

from __future__ import annotations

from collections.abc import Callable

from agents_sahara.checks.case import Case

CHECKS: tuple[Callable[[Case], None], ...] = ()
"""In the order in which they run; the order of findings is that of the file."""
