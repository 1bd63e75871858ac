"""What all that a run does knows of it: ledger, agents, tools. Nothing of a run whose tool has begun this one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from agents_sahara.runner.agents import current_agents
from agents_sahara.runner.plan import Plan
from agents_sahara.tools.context import Tell, current_tools, is_unattended
from agents_sahara.usage.ledger import Ledger, current_ledger, is_aside


@contextmanager
def entered(plan: Plan, ledger: Ledger, tell: Tell | None = None) -> Iterator[None]:
    """The run is the current one until the block ends; `tell` hears what happens below the agent in control."""
    ledgers, agents = current_ledger.set(ledger), current_agents.set(plan.agents)
    tools, asides, alone = (
        current_tools.set(plan.tool_run(tell)),
        is_aside.set(False),
        is_unattended.set(False),
    )
    try:
        yield
    finally:
        current_ledger.reset(ledgers)
        current_agents.reset(agents)
        current_tools.reset(tools)
        is_aside.reset(asides)
        is_unattended.reset(alone)
