"""Every check by name. A check looks at a whole team and says what is doubtful about it."""

from __future__ import annotations

from collections.abc import Callable

from agents_sahara.checks.budget import idle_budget, unpriced_budget
from agents_sahara.checks.case import Case
from agents_sahara.checks.descriptions import long_description, same_description, undescribed_target
from agents_sahara.checks.idle_names import (
    idle_alias,
    idle_default,
    idle_guardrail,
    idle_key_variable,
    idle_provider,
    idle_tool,
    idle_var,
)
from agents_sahara.checks.idle_output import idle_structured_output
from agents_sahara.checks.idle_pools import idle_backup, idle_limit, idle_policy, idle_sticky
from agents_sahara.checks.idle_profile import idle_profile
from agents_sahara.checks.idle_settings import idle_tool_setting, shadowed_setting
from agents_sahara.checks.unreachable import unreachable_agent

CHECKS: tuple[Callable[[Case], None], ...] = (
    unreachable_agent,
    undescribed_target,
    same_description,
    long_description,
    idle_alias,
    idle_provider,
    idle_key_variable,
    idle_var,
    idle_tool,
    idle_default,
    idle_guardrail,
    idle_tool_setting,
    shadowed_setting,
    idle_limit,
    idle_backup,
    idle_policy,
    idle_sticky,
    idle_structured_output,
    idle_profile,
    unpriced_budget,
    idle_budget,
)
"""In the order in which they run; findings are shown in the order of the file."""
