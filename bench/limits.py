"""What counts may at most be: they do not depend on the clock, so that a figure over its limit is a fault of ours.

A margin of some 15 % lies between what is measured and its limit. Knows nothing of how figures are measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bench.ratios import Figure

RATIOS: Final[Mapping[tuple[str, str], float]] = {
    ("run", "requests a run"): 1.0,
    ("run", "connections opened, first round"): 1.0,
    ("count-run", "Python calls a run"): 0.42,
    ("count-run", "memory of a run, at most"): 1.2,
    ("count-history-100", "Python calls a run"): 0.1,
    ("count-more-agents-1000", "Python calls a run"): 0.02,
}
"""By trial and figure: the greatest ratio to the reference."""

_MODULES: Final = {"help": 130.0, "version": 130.0, "validate": 300.0, "validate-1000": 300.0, "import": 60.0}

VALUES: Final[Mapping[tuple[str, str], float]] = {
    **{(trial, "of them `agents`, `openai`"): 0.0 for trial in _MODULES},
    **{(trial, "modules loaded"): most for trial, most in _MODULES.items()},
}
"""By trial and figure: the greatest value of ours."""


def exceeded(figures: Sequence[Figure]) -> Iterator[str]:
    """A line for each figure that is over its limit."""
    for each in figures:
        if each.side != "ours":
            continue
        name = each.trial, each.title
        if each.ratio > RATIOS.get(name, float("inf")):
            yield f"{each.trial}: {each.title}: {each.ratio:.2f} of the {each.reference}, at most {RATIOS[name]:.2f}"
        if each.ours > VALUES.get(name, float("inf")):
            yield f"{each.trial}: {each.title}: {each.ours:g}, at most {VALUES[name]:g}"
