"""Limits of `budget` that cannot do what they say."""

from __future__ import annotations

from agents_sahara.checks.case import Case

_MOST_NAMED = 5


def unpriced_budget(case: Case) -> None:
    """A limit in USD needs a price for every model in use."""
    budget = case.spec.budget
    if budget is None or budget.cost_usd is None:
        return
    targets = [one for node in case.graph.agents.values() for one in (node.target, *node.backups)]
    unpriced = dict.fromkeys(f"{one.model!r} on {one.provider!r}" for one in targets if one.price is None)
    if unpriced:
        more = ", ..." if len(unpriced) > _MOST_NAMED else ""
        named = ", ".join([*unpriced][:_MOST_NAMED])
        message = f"the file has no price for what 'cost_usd' is to limit: {named}{more}"
        mend = "give each a `price` in `models`, or limit `tokens` and `time`, which hold for every model"
        case.report.add("unpriced-budget", budget.key_place("cost_usd"), message, mend=mend)


def idle_budget(case: Case) -> None:
    """Each limit should be one that a run can come to."""
    budget = case.spec.budget
    if budget is None:
        return
    if budget.handoffs_per_edge is not None and not any(edge.enabled for _, edge in case.graph.edges()):
        message = "'handoffs_per_edge' does nothing: no agent has a handoff that is switched on"
        case.report.add("idle-budget", budget.key_place("handoffs_per_edge"), message, mend="remove it")
    if budget.turns is not None and budget.model_calls is not None and budget.turns > budget.model_calls:
        message = f"'turns' does nothing: {budget.model_calls} 'model_calls' end the run before"
        mend = "allow at least as many `model_calls` as `turns`: each turn needs one"
        case.report.add("idle-budget", budget.key_place("turns"), message, mend=mend)
