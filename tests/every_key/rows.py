"""A row for each key of the format: a team without it, the same with it, and what of it can be seen from outside."""

from __future__ import annotations

from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Cut, Pace
from tests.every_key.row import Row, Shows
from tests.every_key.rows_flow import OF_TRACING, OF_WORKFLOWS
from tests.every_key.rows_requests import OF_REQUESTS
from tests.every_key.rows_servers import OF_SERVERS
from tests.every_key.rows_tools import OF_TOOLS
from tests.every_key.seen import DESKS, Patch, Scene, Seen, merged


def solo(**keys: object) -> Patch:
    """Keys of the one agent."""
    return {"agents": {"solo": keys}}


def handoff(**keys: object) -> Patch:
    """Keys of the front desk's handoff."""
    return {"agents": {"front": {"handoffs": [{"agent": "desk", **keys}]}}}


def sent(name: str) -> Shows:
    """A field of the last request."""
    return lambda seen: seen.body.get(name)


def system(seen: Seen) -> object:
    return seen.bodies[0]["messages"][0]["content"]


def first_tool(seen: Seen) -> object:
    tools = seen.bodies[0].get("tools") if seen.bodies else None
    return tools and tools[0]["function"]


def description(seen: Seen) -> object:
    tool = first_tool(seen)
    return isinstance(tool, dict) and tool["description"]


def attempts(seen: Seen) -> object:
    return len(seen.bodies)


def error(seen: Seen) -> object:
    return seen.error and seen.error["message"]


def limit(seen: Seen) -> object:
    return seen.error and seen.error["message"].split(": ", 2)[2]


def files(seen: Seen) -> object:
    return seen.databases


def asked(seen: Seen) -> object:
    """(provider, model) of each request."""
    return [(provider, body["model"]) for provider, body in zip(seen.providers, seen.bodies, strict=True)]


def output(seen: Seen) -> object:
    return seen.results and seen.result["output"]


def cost(seen: Seen) -> object:
    return seen.result["cost_usd"]


def prices(seen: Seen) -> object:
    return seen.result["prices"]


def findings(seen: Seen) -> object:
    return [found.split(":")[0] for found in seen.findings]


DOWN = (Rule(Fail(500)),)
SLOW = (Rule(pace=Pace(delay_s=3000)),)
SILENT_AFTER = (Rule(pace=Pace(cut=Cut(after_chunks=1, hold_s=3000))),)
SECOND: Patch = {"provider": "lepton", "model": "cheap"}
TWO: Patch = {
    "models": {
        "deep": {
            "pool": [{"provider": "together", "model": "cheap"}, {"provider": "lepton", "model": "cheap"}]
        }
    },
    "agents": {"solo": {"model": "deep", "provider": None}},
}
ALIAS: Patch = {
    "models": {"fast": {"provider": "openai", "model": "gpt-4o"}},
    "agents": {"solo": {"model": "fast", "provider": None}},
}


def alias(**keys: object) -> Patch:
    return {"models": {"fast": keys}}


def pool(second: Patch = SECOND, **keys: object) -> Patch:
    """Keys of the pool's first member."""
    return {"models": {"deep": {"pool": [{"provider": "together", "model": "cheap", **keys}, second]}}}


LITTLE: Patch = pool({**SECOND, "context": 8})


def tries(**keys: object) -> Patch:
    return {"models": {"fast": {"fallback": keys}}}


PRICE: Patch = alias(price={"input": 1, "output": 2})
CIRCLE: Patch = merged(DESKS, {"agents": {"desk": {"handoffs": ["front"]}}})
ROUND = (
    Rule(Use((Tool("transfer_to_desk"),)), When(system="Route")),
    Rule(Use((Tool("transfer_to_front"),)), When(system="English")),
)
ENDPOINT: Patch = {
    "providers": {"own": {"base_url": "GATEWAY"}},
    "agents": {"solo": {"provider": "own"}},
}


def provider(**keys: object) -> Patch:
    return {"providers": {"openai": keys}}


SETTINGS = {
    "temperature": (0.25, "temperature", 0.25),
    "top_p": (0.5, "top_p", 0.5),
    "max_tokens": (800, "max_tokens", 800),
    "frequency_penalty": (-1, "frequency_penalty", -1),
    "presence_penalty": (1, "presence_penalty", 1),
    "verbosity": ("low", "verbosity", "low"),
    "stop": (["END"], "stop", ["END"]),
    "seed": (7, "seed", 7),
    "top_logprobs": (3, "top_logprobs", 3),
    "metadata": ({"team": "shop"}, "metadata", {"team": "shop"}),
    "extra_body": ({"top_k": 5}, "top_k", 5),
}
"""Key -> its value, the field of the request, and what stands there."""

OF_SETTINGS = {
    f"settings.{key}": Row(solo(settings={key: value}), sent(field_name), gives=given)
    for key, (value, field_name, given) in SETTINGS.items()
} | {
    "settings.reasoning": Row(
        solo(settings={"reasoning": {"effort": "low"}}), sent("reasoning_effort"), gives="low"
    ),
    "reasoning.effort": Row(
        solo(settings={"reasoning": {"effort": "high"}}),
        sent("reasoning_effort"),
        solo(settings={"reasoning": {"effort": "low"}}),
        gives="high",
    ),
    "settings.tool_choice": Row(
        {"agents": {"front": {"settings": {"tool_choice": "required"}}}},
        lambda seen: seen.bodies[0].get("tool_choice"),
        DESKS,
        gives="required",
    ),
    "settings.parallel_tool_calls": Row(
        {"agents": {"front": {"settings": {"parallel_tool_calls": False}}}},
        lambda seen: seen.bodies[0].get("parallel_tool_calls"),
        DESKS,
        gives=False,
    ),
}

OF_AGENT = {
    "agent.name": Row({"agents": {"desk": {"name": "Ann"}}}, description, DESKS),
    "agent.description": Row({"agents": {"desk": {"description": "Sells tea"}}}, description, DESKS),
    "agent.instructions": Row(solo(instructions="Be brief."), system, gives="Be brief."),
    "instructions.file": Row(
        solo(instructions={"file": "a.md"}),
        system,
        scene=Scene(files={"a.md": "From a file."}),
        gives="From a file.",
    ),
    "agent.model": Row(solo(model="cheap"), asked, gives=[("openai", "cheap")]),
    "agent.provider": Row(solo(provider="together"), asked, gives=[("together", "gpt-4o")]),
    "agent.settings": Row(solo(settings={"seed": 1}), sent("seed"), gives=1),
    "agent.fallback": Row(
        solo(fallback=["fast"]),
        attempts,
        {"models": {"fast": {"provider": "together", "model": "cheap"}}},
        Scene(rules=(Rule(Fail(404), When(provider="openai")),)),
        gives=2,
    ),
    "agent.handoffs": Row(
        {"agents": {"front": {"handoffs": ["desk"]}}},
        first_tool,
        merged(DESKS, {"agents": {"front": {"handoffs": None}}}),
    ),
    "model.use": Row(
        solo(model={"use": "fast"}),
        asked,
        merged(ALIAS, {"agents": {"solo": {"model": {"id": "cheap", "provider": "lepton"}}}}),
    ),
    "model.id": Row(solo(model={"id": "cheap"}), asked, gives=[("openai", "cheap")]),
    "model.provider": Row(
        solo(model={"id": "gpt-4o", "provider": "lepton"}, provider=None), asked, gives=[("lepton", "gpt-4o")]
    ),
    "model.settings": Row(solo(model={"id": "gpt-4o", "settings": {"seed": 3}}), sent("seed"), gives=3),
}

OF_HANDOFF = {
    "handoff.agent": Row(
        {"agents": {"front": {"handoffs": [{"agent": "other"}]}, "other": {"instructions": "Other."}}},
        lambda seen: seen.result["path"],
        merged(DESKS, {"agents": {"other": {"instructions": "Other."}}}),
        Scene(rules=(Rule(Use((Tool("transfer_to_other"),)), When(system="Route", turn=1)),)),
    ),
    "handoff.when": Row(handoff(when="it rains"), description, DESKS),
    "handoff.tool_name": Row(
        handoff(tool_name="go"),
        lambda seen: seen.bodies[0]["tools"][0]["function"]["name"],
        DESKS,
        gives="go",
    ),
    "handoff.description": Row(handoff(description="Tea."), description, DESKS, gives="Tea."),
    "handoff.enabled": Row(handoff(enabled=False), first_tool, DESKS),
    "handoff.input": Row(
        handoff(input={"type": "object", "required": ["n"], "properties": {"n": {"const": 7}}}),
        lambda seen: seen.bodies[1]["messages"][-1]["content"],
        DESKS,
        gives='{"assistant": "desk", "input": {"n": 7}}',
    ),
    "handoff.history": Row(
        handoff(history="last_message"),
        lambda seen: [message["role"] for message in seen.body["messages"]],
        DESKS,
        gives=["system", "user"],
    ),
    "handoff.return": Row(
        handoff(**{"return": True}), lambda seen: seen.result["path"], DESKS, gives=["front", "desk", "front"]
    ),
}

OF_MODELS = {
    "alias.provider": Row(alias(provider="lepton"), asked, ALIAS, gives=[("lepton", "gpt-4o")]),
    "alias.model": Row(alias(model="cheap"), asked, ALIAS, gives=[("openai", "cheap")]),
    "alias.pool": Row(
        alias(
            provider=None,
            model=None,
            pool=[{"provider": "together", "model": "cheap"}, {"provider": "lepton", "model": "cheap"}],
        ),
        asked,
        ALIAS,
        Scene(rules=(Rule(Fail(404), When(provider="together")),)),
        gives=[("together", "cheap"), ("lepton", "cheap")],
    ),
    "alias.settings": Row(alias(settings={"seed": 2}), sent("seed"), ALIAS, gives=2),
    "alias.price": Row(PRICE, cost, ALIAS),
    "price.input": Row(alias(price={"input": 5, "output": 2}), cost, merged(ALIAS, PRICE)),
    "price.output": Row(alias(price={"input": 1, "output": 5}), cost, merged(ALIAS, PRICE)),
    "price.source": Row(alias(price={"source": "https://prices.example"}), prices, merged(ALIAS, PRICE)),
    "price.date": Row(alias(price={"date": "2026-11-01"}), prices, merged(ALIAS, PRICE)),
    "alias.fallback": Row(alias(fallback={"attempts": 1}), attempts, ALIAS, Scene(rules=DOWN), gives=1),
    "fallback.attempts": Row(tries(attempts=2), attempts, ALIAS, Scene(rules=DOWN), gives=2),
    "fallback.deadline": Row(
        tries(deadline="5s"), error, merged(ALIAS, tries(attempts=9)), Scene(rules=SLOW)
    ),
    "fallback.attempt_timeout": Row(
        tries(attempt_timeout="5s"), error, merged(ALIAS, tries(attempts=1)), Scene(rules=SLOW)
    ),
    "fallback.first_token": Row(
        tries(first_token="5s"), error, merged(ALIAS, tries(attempts=1)), Scene(rules=SLOW, is_streamed=True)
    ),
    "fallback.idle": Row(
        tries(idle="5s"), error, merged(ALIAS, tries(attempts=1)), Scene(rules=SILENT_AFTER, is_streamed=True)
    ),
    "fallback.cooldown": Row(
        {"models": {"deep": {"fallback": {"cooldown": 0.001}}}},
        asked,
        TWO,
        Scene(rules=(Rule(Fail(500), When(provider="together"), times=1),), in_turn=2),
    ),
    "alias.sticky": Row(
        {"models": {"deep": {"sticky": "conversation", "fallback": {"cooldown": 0.001}}}},
        asked,
        merged(
            TWO,
            {
                "models": {"deep": {"fallback": {"cooldown": 0.001}}},
                "agents": {
                    "solo": {"handoffs": ["other"]},
                    "other": {
                        "instructions": "Other.",
                        "model": "gpt-4o",
                        "provider": "openai",
                        "handoffs": ["solo"],
                    },
                },
                "entry": "solo",
            },
        ),
        Scene(
            rules=(
                Rule(Fail(500), When(provider="together", turn=1), times=1),
                Rule(Use((Tool("transfer_to_other"),)), When(system="Answer", turn=1)),
                Rule(Use((Tool("transfer_to_solo"),)), When(system="Other")),
                Rule(Say("Done."), When(system="Answer", turn=3)),
            )
        ),
    ),
    "member.provider": Row(pool(provider="bedrock"), asked, TWO, gives=[("bedrock", "cheap")]),
    "member.model": Row(pool(model="small"), asked, TWO, gives=[("together", "small")]),
    "member.settings": Row(pool(settings={"seed": 4}), sent("seed"), TWO, gives=4),
    "member.price": Row(pool(price={"input": 1, "output": 2}), cost, TWO),
    "member.context": Row(
        pool({**SECOND, "context": 8}, context=1000),
        asked,
        merged(TWO, LITTLE),
        Scene(
            rules=(
                Rule(
                    Fail(400, {"error": {"message": "maximum context length exceeded"}}),
                    When(provider="together"),
                ),
            )
        ),
        gives=[("together", "cheap")],
    ),
}

OF_BUDGET = {
    "budget.turns": Row({"budget": {"turns": 2}}, limit, CIRCLE, Scene(rules=ROUND)),
    "budget.model_calls": Row({"budget": {"model_calls": 2}}, limit, CIRCLE, Scene(rules=ROUND)),
    "budget.handoffs_per_edge": Row({"budget": {"handoffs_per_edge": 2}}, limit, CIRCLE, Scene(rules=ROUND)),
    "budget.tool_calls": Row(
        {"budget": {"tool_calls": 1}}, limit, {}, Scene(rules=(Rule(Use((Tool("search"),))),))
    ),
    "budget.tokens": Row({"budget": {"tokens": 150}}, limit, CIRCLE, Scene(rules=ROUND)),
    "budget.cost_usd": Row(
        {"budget": {"cost_usd": 0.001}},
        limit,
        merged(
            CIRCLE,
            {
                "models": {
                    "fast": {"provider": "openai", "model": "gpt-4o", "price": {"input": 9, "output": 9}}
                },
                "defaults": {"model": "fast", "provider": None},
            },
        ),
        Scene(rules=ROUND),
    ),
    "budget.time": Row({"budget": {"time": "5s"}}, error, {}, Scene(rules=SLOW)),
    "budget.on_exceed": Row(
        {"budget": {"on_exceed": "wrap_up"}},
        output,
        merged(CIRCLE, {"budget": {"turns": 2}}),
        Scene(rules=(Rule(Say("The end."), When(system="limit of what may be spent")), *ROUND)),
        gives="The end.",
    ),
    "on_exceed.handoff": Row(
        {"budget": {"on_exceed": {"handoff": "last"}}},
        lambda seen: seen.results and seen.result["path"][-1],
        merged(
            CIRCLE,
            {
                "budget": {"turns": 2},
                "agents": {"last": {"instructions": "Last."}, "front": {"handoffs": ["desk", "last"]}},
            },
        ),
        Scene(rules=ROUND),
        gives="last",
    ),
}

OF_PROVIDER = {
    "provider.base_url": Row(
        {"providers": {"own": {"base_url": "GATEWAY"}}, "agents": {"solo": {"provider": "own"}}},
        lambda seen: seen.headers[0].get("authorization"),
        {},
        gives=None,
    ),
    "provider.api_key_env": Row(
        {"providers": {"own": {"api_key_env": "DESK_LOGIN"}}},
        lambda seen: seen.headers[0].get("authorization"),
        ENDPOINT,
        Scene(environ={"DESK_LOGIN": "own-key"}),
        gives="Bearer own-key",
    ),
    "provider.max_concurrency": Row(
        provider(max_concurrency=1),
        lambda seen: sorted(found["message"] for found in seen.errors),
        {},
        Scene(rules=SLOW, at_once=2),
    ),
    "provider.history": Row(
        provider(history="no_tools"),
        lambda seen: [message["role"] for message in seen.body["messages"]],
        DESKS,
        Scene(rules=(Rule(Use((Tool("transfer_to_desk"),)), When(system="Route")),)),
        gives=["system", "user"],
    ),
    "provider.strict_tools": Row(
        provider(strict_tools=False), lambda seen: seen.bodies[0]["tools"][0]["function"].get("strict"), DESKS
    ),
    "provider.include_usage": Row(
        provider(include_usage=False), sent("stream_options"), {}, Scene(is_streamed=True)
    ),
}

OF_TEAM = {
    "team.version": Row({"version": 2}, findings, gives=["unsupported-version"]),
    "team.name": Row(
        {"name": "shop"}, lambda seen: seen.events[0]["team"], {}, Scene(is_streamed=True), gives="shop"
    ),
    "team.description": Row({"description": "Sells tea"}, lambda seen: seen.drawing, {}),
    "team.entry": Row(
        {"entry": "desk"},
        lambda seen: seen.result["path"],
        merged(DESKS, {"agents": {"desk": {"handoffs": ["front"]}}}),
        gives=["desk"],
    ),
    "team.include": Row(
        {"include": ["more.yaml"]},
        sent("seed"),
        {},
        Scene(files={"more.yaml": "defaults: {settings: {seed: 9}}"}),
        gives=9,
    ),
    "team.vars": Row(
        {"vars": {"shop": "Acme"}},
        lambda seen: seen.bodies and system(seen),
        solo(instructions="For {{ shop }}."),
        gives="For Acme.",
    ),
    "team.providers": Row(provider(include_usage=False), sent("stream_options"), {}, Scene(is_streamed=True)),
    "team.models": Row(
        {
            "models": {"fast": {"provider": "lepton", "model": "cheap"}},
            "agents": {"solo": {"model": "fast", "provider": None}},
        },
        asked,
        gives=[("lepton", "cheap")],
    ),
    "team.defaults": Row({"defaults": {"settings": {"seed": 5}}}, sent("seed"), gives=5),
    "team.agents": Row(solo(instructions="Other."), system, gives="Other."),
    "team.budget": Row({"budget": {"turns": 2}}, limit, CIRCLE, Scene(rules=ROUND)),
    "team.profiles": Row(
        {"profiles": {"prod": {"defaults": {"settings": {"seed": 6}}}}},
        lambda seen: seen.bodies and seen.body.get("seed"),
        {},
        Scene(profile="prod"),
        gives=6,
    ),
    "defaults.model": Row(
        {"defaults": {"model": "cheap"}},
        asked,
        merged(solo(model=None), {"defaults": {"model": "gpt-4o"}}),
        gives=[("openai", "cheap")],
    ),
    "defaults.provider": Row(
        {"defaults": {"provider": "lepton"}},
        asked,
        merged(solo(provider=None), {"defaults": {"provider": "openai"}}),
        gives=[("lepton", "gpt-4o")],
    ),
    "defaults.settings": Row({"defaults": {"settings": {"seed": 5}}}, sent("seed"), gives=5),
    "defaults.fallback": Row(
        {"defaults": {"fallback": ["fast"]}},
        attempts,
        {"models": {"fast": {"provider": "together", "model": "cheap"}}},
        Scene(rules=(Rule(Fail(404), When(provider="openai")),)),
        gives=2,
    ),
}


def refused(seen: Seen) -> object:
    """Which guardrail ended the run, and at which stage."""
    found = seen.results and seen.result["guardrail"]
    return found and [found["guardrail"], found["stage"]]


def guarded(rule: Patch, *, side: str = "input") -> Patch:
    return {
        "guardrails": {"rule": {"reply": "No.", **rule}},
        "agents": {"solo": {"guardrails": {side: ["rule"]}}},
    }


JUDGED: Patch = merged(DESKS, {"agents": {"front": {"handoffs": None, "guardrails": {"input": ["rule"]}}}})
OWN = "import agents_sahara\n\n@agents_sahara.guardrail\ndef own(text):\n    return False\n"
LOOSE: Patch = guarded({"max_chars": 1000})

OF_GUARDRAILS: dict[str, Row] = {
    "team.guardrails": Row(
        {"guardrails": {"rule": {"max_chars": 5}}},
        lambda seen: output(seen) or findings(seen),
        solo(guardrails={"input": ["rule"]}),
    ),
    "agent.guardrails": Row(
        solo(guardrails={"input": ["rule"]}),
        refused,
        {"guardrails": {"rule": {"max_chars": 5, "reply": "No."}}},
        gives=["rule", "input"],
    ),
    "defaults.guardrails": Row(
        {"defaults": {"guardrails": {"input": ["rule"]}}},
        refused,
        {"guardrails": {"rule": {"max_chars": 5, "reply": "No."}}},
        gives=["rule", "input"],
    ),
    "guards.input": Row(guarded({"max_chars": 5}), refused, gives=["rule", "input"]),
    "guards.output": Row(guarded({"max_chars": 5}, side="output"), refused, gives=["rule", "output"]),
    "guardrail.deny_pattern": Row(
        {"guardrails": {"rule": {"max_chars": None, "deny_pattern": "(?i)WHO"}}},
        refused,
        LOOSE,
        gives=["rule", "input"],
    ),
    "guardrail.allow_pattern": Row(
        {"guardrails": {"rule": {"max_chars": None, "allow_pattern": "order"}}},
        refused,
        LOOSE,
        gives=["rule", "input"],
    ),
    "guardrail.max_chars": Row(
        {"guardrails": {"rule": {"max_chars": 5}}}, refused, LOOSE, gives=["rule", "input"]
    ),
    "guardrail.agent": Row(
        {"guardrails": {"rule": {"agent": "desk", "when": "output == 'no'"}}},
        asked,
        merged(
            JUDGED,
            {
                "agents": {"other": {"instructions": "Judge.", "model": "small"}},
                "guardrails": {"rule": {"agent": "other", "when": "output == 'no'"}},
            },
        ),
        gives=[("openai", "gpt-4o"), ("openai", "gpt-4o")],
    ),
    "guardrail.when": Row(
        {"guardrails": {"rule": {"when": "output != 'yes'"}}},
        refused,
        merged(
            JUDGED, {"guardrails": {"rule": {"agent": "desk", "when": "output == 'yes'", "reply": "No."}}}
        ),
        gives=["rule", "input"],
    ),
    "guardrail.python": Row(
        {"guardrails": {"rule": {"max_chars": None, "python": "shop_of_guards:own"}}},
        refused,
        LOOSE,
        Scene(files={"shop_of_guards.py": OWN}, allow_python=("shop_of_guards",)),
        gives=["rule", "input"],
    ),
    "guardrail.reply": Row(
        {"guardrails": {"rule": {"reply": "Not here."}}}, output, guarded({"max_chars": 5}), gives="Not here."
    ),
}

LOST = {"output": {"schema": {"type": "object", "required": ["n"], "properties": {"n": {"const": 7}}}}}
IN_WORDS = {"structured_output": "prompt"}


def form(seen: Seen) -> object:
    return seen.bodies[0].get("response_format", {}).get("type")


OF_OUTPUT: dict[str, Row] = {
    "agent.output": Row(solo(**LOST), output, gives={"n": 7}),
    "output.schema": Row(solo(**LOST), output, solo(output={"schema": {"type": "object"}}), gives={"n": 7}),
    "alias.structured_output": Row(
        {"models": {"fast": IN_WORDS}},
        form,
        merged(
            solo(**LOST, model="fast", provider=None),
            {"models": {"fast": {"provider": "openai", "model": "cheap"}}},
        ),
    ),
    "provider.structured_output": Row({"providers": {"openai": IN_WORDS}}, form, solo(**LOST)),
}

KEPT = Scene(session="anna", in_turn=3)

OF_SESSION = {
    "team.session": Row({"session": {"store": "sqlite:kept.db"}}, files, {}, KEPT, gives={"kept.db"}),
    "session.store": Row({"session": {"store": "sqlite:kept.db"}}, files, {}, KEPT, gives={"kept.db"}),
    "session.keep_turns": Row(
        {"session": {"keep_turns": 1}}, lambda seen: len(seen.body["messages"]), {}, KEPT, gives=4
    ),
}

ROWS: dict[str, Row] = (
    OF_TEAM
    | OF_AGENT
    | OF_HANDOFF
    | OF_MODELS
    | OF_BUDGET
    | OF_PROVIDER
    | OF_SETTINGS
    | OF_GUARDRAILS
    | OF_OUTPUT
    | OF_SESSION
    | OF_TRACING
    | OF_WORKFLOWS
    | OF_TOOLS
    | OF_REQUESTS
    | OF_SERVERS
)
"""By `record.key`, as the JSON Schema of the format names them."""
