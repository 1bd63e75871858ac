"""A program that uses every public name, as a type checker sees it; read by mypy, never run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

from agents_sahara import (
    AccessError,
    CatalogError,
    GatewayError,
    HostError,
    LimitError,
    RetryPolicy,
    RunEvent,
    RunResult,
    Sahara,
    SaharaError,
    Secret,
    SessionError,
    Settings,
    SettingsError,
    SpecError,
    Team,
    UsageError,
    guardrail,
    load_team,
    tool,
)
from agents_sahara.errors import ApprovalError, GuardrailError, ResumeError
from agents_sahara.events import (
    AgentStarted,
    ApprovalNeeded,
    AttemptFailed,
    BudgetReached,
    GuardrailTripped,
    HandedOff,
    ProviderSwitched,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Warned,
)
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError


@tool
def look_up(order: int, context: ToolContext) -> dict[str, str]:
    """Looks up."""
    if order < 0:
        raise ToolError("no")
    return {"status": "shipped", "key": context.idempotency_key}


@tool
async def later(order: int) -> str:
    return str(order)


@guardrail
def polite(text: str) -> bool | str:
    return "shout" not in text or "do not shout"


def as_number(order: int, context: ToolContext) -> str:
    return look_up(order, context)["status"]


async def ask(team: Team, message: str) -> str:
    try:
        result: RunResult = await team.run(
            message, session="a:1", owner="b", message_id="m", ask=lambda reached: reached.limit == "time"
        )
    except (LimitError, GuardrailError, ApprovalError) as error:
        return error.message
    except (AccessError, HostError, GatewayError) as error:
        return f"{error.provider} {error.model} {error.status} {error.is_retryable}"
    except (CatalogError, SpecError, SessionError, SettingsError, UsageError, ResumeError) as error:
        return error.mend
    except SaharaError as error:
        return error.code
    cost: Decimal | None = result.cost_usd
    for attempt in result.attempts:
        print(attempt.provider, attempt.outcome)
    if result.token is not None:
        result = await team.resume(result.token, approve=[one.id for one in result.interruptions], reject=[])
    print(
        cost,
        result.usage.total_tokens,
        result.usage.by_agent["a"].requests,
        result.simulated,
        result.warnings,
    )
    return str(result.output)


def told(event: RunEvent) -> str:
    match event:
        case TextDelta():
            return event.text
        case RunStarted() | AgentStarted() | HandedOff() | ToolCalled() | ToolReturned():
            return ""
        case (
            AttemptFailed()
            | ProviderSwitched()
            | BudgetReached()
            | GuardrailTripped()
            | Warned()
            | ApprovalNeeded()
        ):
            return str(event.to_json()["type"])
        case RunFinished():
            return str(event.result.output)
        case RunFailed():
            return event.error.message


async def main() -> None:
    settings = Settings(api_key=Secret("k" * 10), base_url="https://x.example/api")
    async with load_team(
        Path("team.yaml"),
        settings=settings,
        vars={"a": "b"},
        profile="prod",
        allow_python=["shop"],
        allow_hosts=["x.example"],
        allow_commands=False,
        trust="operator",
        local=False,
    ) as team:
        await ask(team, "hi")
        events: AsyncGenerator[RunEvent] = team.stream("hi")
        async for event in events:
            print(told(event))
        history = await team.conversation("a:1").get_items()
        print(len(history), await team.latest_session(), await team.reload())
    with Sahara(settings) as sahara:
        print(sahara.models("openai"), sahara.providers(), sahara.model_detail("m", "p"))
        client = sahara.openai("together")
        print(await client.models.list())
    print(RetryPolicy())


if __name__ == "__main__":
    asyncio.run(main())
