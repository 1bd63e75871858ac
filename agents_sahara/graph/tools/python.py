"""`python`: which function of which module; neither is looked at before the operator has said yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.spec.values import ToolSpec
from agents_sahara.trust.wants import Wish
from agents_sahara.types import Json


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A function by the names of its module and its own."""

    kind: ClassVar[str] = "python"
    module: str
    function: str

    def asks(self) -> Iterator[Wish]:
        """Leave to import the module."""
        yield Wish("python", self.module)

    def arguments(self) -> None:
        """Known when the function is there."""

    def to_json(self) -> dict[str, Json]:
        """The reference as it stands in the file."""
        return {"python": f"{self.module}:{self.function}"}


def meant(spec: ToolSpec, _makings: Makings) -> Sequence[Meant]:
    """The function that `spec` names."""
    if spec.python is None:
        return ()
    module, _, function = spec.python.partition(":")
    return (Meant(PythonFunction(module, function)),)
