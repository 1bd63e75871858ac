"""What is wrong with a key that stands where only an agent can: it is not defined, or it is a workflow's."""

from __future__ import annotations

from typing import NamedTuple

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.spec.values import TeamSpec


class NoAgent(NamedTuple):
    """Why a key is no agent's."""

    why: str
    """As the end of a sentence about it."""
    mend: str


def no_agent(key: str, spec: TeamSpec) -> NoAgent | None:
    """Why `key` is none of the file's agents; None where it is one."""
    agents = spec.names("agents")
    if key in agents:
        return None
    if key in spec.names("workflows"):
        mend = "name an agent here: a workflow is begun as `entry`, with `--agent`, or as a step of another workflow"
        return NoAgent("is a workflow and no agent", mend)
    return NoAgent("is not defined", did_you_mean(key, agents, what="agents"))
