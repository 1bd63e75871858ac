"""`python`: a marked function of a module that the operator allows."""

from __future__ import annotations

from agents_sahara.spec.containers import Field
from agents_sahara.spec.names import FUNCTION
from agents_sahara.spec.shapes import Text
from agents_sahara.spec.tools.kind import Kind

REFERENCE = Text(
    pattern=FUNCTION,
    rule="bad-reference",
    expects="`module:function`, such as `shop_tools:refund`: plain ASCII names with one colon between them",
)

PYTHON = Kind(
    Field("python", REFERENCE, "A function marked with `@agents_sahara.tool`, as `module:function`.")
)
