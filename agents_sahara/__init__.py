"""Run a team of AI agents from one YAML file on the Sahara gateway.

    async with load_team("configs/language_triage.yaml") as team:
        result = await team.run("Hola, ¿Cómo te llamas?")

The map of the house. The study, fast to import: `source` (YAML with the place of every key), `expressions`
(conditions), `spec` (the format as types), `graph`, `checks`, `trust` (what the operator allows), `loader`. The
utilities: `settings`, `clients`, `catalog`, `pricing`, `usage`, `routing`. The hall and the engine room: `tools`,
`guardrails`, `compiler`, `sessions`, `tracing`, `runner`, `events`. The doors: `cli`, `langchain`, `notebook`. The
yard: `emulator` (a local gateway), `testing`.
The names below are loaded when they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` takes longer to load than all that `run-agent --help` needs of this package
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agents_sahara.catalog.sahara import Sahara
    from agents_sahara.errors import (
        AccessError,
        CatalogError,
        GatewayError,
        HostError,
        LimitError,
        SaharaError,
        SessionError,
        SettingsError,
        SpecError,
        UsageError,
    )
    from agents_sahara.events import RunEvent, RunResult
    from agents_sahara.graph.values import AgentGraph
    from agents_sahara.retry import RetryPolicy
    from agents_sahara.runner.team import Team
    from agents_sahara.settings import Secret, Settings
    from agents_sahara.tools.marking import guardrail, tool
    from agents_sahara.trust.consent import Trust

__version__ = "0.1.0"

_HOMES = {
    "AccessError": "errors",
    "CatalogError": "errors",
    "GatewayError": "errors",
    "HostError": "errors",
    "LimitError": "errors",
    "RetryPolicy": "retry",
    "RunEvent": "events",
    "RunResult": "events",
    "Sahara": "catalog.sahara",
    "SaharaError": "errors",
    "Secret": "settings",
    "SessionError": "errors",
    "Settings": "settings",
    "SettingsError": "errors",
    "SpecError": "errors",
    "Team": "runner.team",
    "UsageError": "errors",
    "guardrail": "tools.marking",
    "tool": "tools.marking",
}

__all__ = [
    "AccessError",
    "CatalogError",
    "GatewayError",
    "HostError",
    "LimitError",
    "RetryPolicy",
    "RunEvent",
    "RunResult",
    "Sahara",
    "SaharaError",
    "Secret",
    "SessionError",
    "Settings",
    "SettingsError",
    "SpecError",
    "Team",
    "UsageError",
    "guardrail",
    "load_team",
    "tool",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'agents_sahara' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"agents_sahara.{home}"), name)
    globals()[name] = value
    return value


def load_team(
    team: str | Path,
    *,
    settings: Settings | None = None,
    vars: Mapping[str, str] | None = None,  # noqa: A002  the file's own word for them
    profile: str | None = None,
    allow_python: Iterable[str] = (),
    allow_hosts: Iterable[str] = (),
    allow_commands: bool = False,
    trust: Trust = "operator",
    accept_tools: Iterable[str] = (),
    local: bool = False,
) -> Team:
    """A team, checked and ready to run; nothing is sent yet.

    `team` is a path, or the YAML itself (a text of more than one line). `settings` defaults to the environment's.
    `allow_python`, `allow_hosts` and `allow_commands` are the operator's consent: modules whose marked functions the
    file may use as tools, hosts that its tools and its own endpoints may call, and whether it may start programs.
    `accept_tools` names servers of tools whose tools are accepted though they have changed.
    `trust="untrusted"` is for files from strangers: they get none of it, no environment, and lower limits.
    `local` answers from a simulator in this process, over HTTP on loopback, without a key; every result then says
    `simulated`.

    Raises:
        SpecError: the file has mistakes; all of them are in it.
        SettingsError: the environment holds a key or base URL that cannot be used.
        TypeError, ValueError: the consent is no list, or `trust` is another word.
    """
    from agents_sahara.loader import load_graph
    from agents_sahara.runner.team import Team
    from agents_sahara.settings import Settings
    from agents_sahara.trust.consent import Consent

    consent = Consent.given(
        allow_python=allow_python,
        allow_hosts=allow_hosts,
        allow_commands=allow_commands,
        accept_tools=accept_tools,
        trust=trust,
        is_local=local,
    )

    def read() -> AgentGraph:
        return load_graph(team, vars=vars, profile=profile, consent=consent)

    graph = read()
    if not local:
        return Team(graph, settings or Settings.from_environ(), source=read)
    from agents_sahara.emulator.gateway import LocalGateway

    gateway = LocalGateway(pairs=graph.pairs(), open_models=graph.open_models(), keep_calls=False)
    gateway.start()

    def read_and_serve() -> AgentGraph:
        graph = read()
        gateway.also_serve(graph.pairs(), graph.open_models())
        return graph

    settings = Settings.local(gateway.base_url)
    try:
        return Team(graph, settings, on_close=gateway.stop, source=read_and_serve)
    except BaseException:
        gateway.stop()
        raise
