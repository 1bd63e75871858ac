"""`agent`: another agent of the team, whose answer comes back."""

from __future__ import annotations

from agents_sahara.spec.containers import Field
from agents_sahara.spec.shapes import Text
from agents_sahara.spec.tools.kind import Kind

AGENT = Kind(Field("agent", Text(), "Key of an agent that is asked, and whose answer comes back."))
