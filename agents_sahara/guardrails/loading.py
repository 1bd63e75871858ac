"""The functions that a team's guardrails ask: imported where the operator has allowed their modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.render import render
from agents_sahara.errors import SpecError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.tools.modules import ModuleProblem, load_function
from agents_sahara.trust.gate import judge


def functions_of(graph: AgentGraph) -> Mapping[str, Callable[[str], object]]:
    """By their references, as in `shop_tools:polite`.

    Raises:
        SpecError: the operator has not allowed a module, or a function cannot be used.
    """
    wanted = [one for one in graph.guardrails() if one.function is not None]
    report = Report()
    judge((want for one in wanted for want in one.wants()), graph.consent, report)
    found: dict[str, Callable[[str], object]] = {}
    for one in () if report.has_errors else wanted:
        reference = one.function or ""
        module, _, name = reference.partition(":")
        try:
            found[reference] = load_function(module, name, graph.folder, "guardrail")
        except ModuleProblem as problem:
            if one.spot is not None:
                report.add(problem.rule, one.spot.place, problem.message, mend=problem.mend)
    if report.has_errors:
        findings = report.sorted()
        raise SpecError(findings, rendered=render(findings, format="text", texts={}, files=1))
    return found
