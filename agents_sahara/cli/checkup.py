"""The checks of `doctor`, in the order in which one depends on the other.

Each check is made only where the ones before it left something to look at. The key is in no check.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agents_sahara.catalog.discovery import Catalog
from agents_sahara.cli.check import Check, failed
from agents_sahara.cli.checking.consented import not_consented
from agents_sahara.cli.checking.store import store_checks
from agents_sahara.cli.consenting import with_remembered
from agents_sahara.cli.exits import NO_ACCESS, REFUSED
from agents_sahara.cli.online import CATALOG_RULES, with_catalog
from agents_sahara.cli.probe import probe
from agents_sahara.cli.probing.record_file import RecordFile
from agents_sahara.cli.probing.recording import Asked, choose, record
from agents_sahara.cli.probing.table import Pair
from agents_sahara.clients.transport import CONNECT_TIMEOUT_S, explain, tls_context
from agents_sahara.errors import SaharaError, SettingsError
from agents_sahara.graph.tools.servers import ServedTool
from agents_sahara.graph.values import AgentGraph
from agents_sahara.loader import Loaded, read_team
from agents_sahara.settings import (
    BASE_URL_NAME,
    KEY_NAMES,
    MAX_IN_FLIGHT_NAME,
    RECORD_NAME,
    STATE_NAME,
    Settings,
)
from agents_sahara.trust.consent import Consent

_NAMES = {BASE_URL_NAME: "base URL", RECORD_NAME: "usage record", MAX_IN_FLIGHT_NAME: "calls at once"}
"""Of the checks that variables without a good value fail; all others hold a key."""


@dataclass(frozen=True, slots=True)
class Question:
    """What `doctor` was asked to look at."""

    team: str | None
    vars: Mapping[str, str]
    profile: str | None
    consent: Consent
    """What may be started and reached."""
    is_probing: bool
    asked: Asked | None = None
    """What --record wants."""


def examine(question: Question, file: RecordFile | None) -> Iterator[Check]:
    """Every check, each as soon as it is made; what is recorded goes to `file`.

    Raises:
        UsageError: it is not clear which model to record, or the file cannot be written.
    """
    loaded: Loaded | None = None
    if question.team is not None:
        loaded = read_team(Path(question.team), vars=question.vars, profile=question.profile)
        yield _file_check(question.team, loaded)
    pair = None if question.asked is None else choose(question.asked, _gateway_pairs(loaded))
    try:
        settings = Settings.from_environ()
    except SettingsError as error:
        yield failed(_NAMES.get(error.where or "", "key"), error)
        return
    yield from _settings_checks(settings)
    way = list(_way_checks(settings.base_url))
    yield from way
    if any(check.outcome == "failed" for check in way) or settings.api_key is None:
        yield Check("catalog", "skipped", "nothing to ask, or no key to ask with")
    else:
        yield from _catalog_checks(settings, loaded)
    if loaded is not None and loaded.graph is not None:
        yield from _team_checks(loaded.graph, settings, question)
    if pair is not None and file is not None:
        yield from record(settings, pair, file)


def _team_checks(graph: AgentGraph, settings: Settings, question: Question) -> Iterator[Check]:
    """What the team needs beside the gateway, and, where that is asked for, whether it answers."""
    consent, state = question.consent, settings.state_place()
    if question.is_probing:
        consent = with_remembered(graph.wants(), consent, graph.folder)
    yield from _endpoint_checks(graph, settings)
    yield from store_checks(graph, consent, state, is_probing=question.is_probing)
    if any(isinstance(tool.does, ServedTool) for node in graph.agents.values() for tool in node.tools):
        from agents_sahara.cli.checking.servers import (
            server_checks,  # loads the protocol, which few teams need
        )

        environ = settings.tool_environ()
        yield from server_checks(graph, environ, consent, state, is_probing=question.is_probing)
    if question.is_probing:
        yield from _probe_checks(graph, settings, consent)


def _gateway_pairs(loaded: Loaded | None) -> list[Pair]:
    """What the team asks of the gateway itself."""
    if loaded is None or loaded.graph is None:
        return []
    endpoints = loaded.graph.endpoints
    return [
        Pair(provider, model)
        for provider, model in loaded.graph.pairs()
        if provider not in endpoints or endpoints[provider].base_url is None
    ]


def _file_check(team: str, loaded: Loaded) -> Check:
    errors = sum(finding.severity == "error" for finding in loaded.findings)
    warnings = len(loaded.findings) - errors
    detail = f"{team}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"
    mend = f"agents-sahara validate {team}" if loaded.findings else ""
    if errors or loaded.graph is None:
        return Check("team file", "failed", detail, mend, REFUSED)
    return Check("team file", "warning" if warnings else "ok", detail, mend)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _settings_checks(settings: Settings) -> Iterator[Check]:
    try:
        settings.require_key()
        yield Check("key", "ok", "set")
    except SettingsError as error:
        yield failed("key", error)
    for warning in settings.warnings:
        yield Check("key", "warning", warning, f"unset {KEY_NAMES[1]}, or make both equal")
    yield Check("base URL", "ok", settings.base_url)
    yield _record_check(settings)


def _record_check(settings: Settings) -> Check:
    """Whether runs can leave their lines; nothing is written."""
    folder = settings.usage_folder()
    if folder is None:
        is_off = settings.usage_record is False
        return Check("usage record", "skipped", "switched off" if is_off else "there is no state folder")
    mend = f"allow writing there, or set {STATE_NAME} to another folder, or {RECORD_NAME}=off"
    try:
        nearest = next(part for part in (folder, *folder.parents) if part.exists())
    except OSError as problem:  # a name that is too long, a folder that may not be looked into
        return Check("usage record", "warning", f"{folder}: {problem.strerror}", mend)
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check("usage record", "ok", f"kept in {folder}")
    return Check("usage record", "warning", f"{nearest} cannot be written", mend)


def _way_checks(base_url: str) -> Iterator[Check]:
    """From the name to the secure connection; the first failure ends it."""
    parts = urlsplit(base_url)
    host, has_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if has_tls else 80)
    step = "name"
    try:
        with ExitStack() as stack:
            addresses = {
                str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            }
            yield Check(step, "ok", f"{host} is {', '.join(sorted(addresses))}")
            step = "connection"
            plain = stack.enter_context(socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S))
            yield Check(step, "ok", f"{host} accepts connections on port {port}")
            step = "TLS"
            if not has_tls:
                yield Check(step, "skipped", "not used for http://")
                return
            secure = stack.enter_context(tls_context().wrap_socket(plain, server_hostname=host))
            yield Check(step, "ok", f"{secure.version()}, the certificate of {host} is trusted")
    except SettingsError as error:
        yield failed(step, error)
    except (OSError, UnicodeError) as error:
        why = explain(error, is_connecting=True)
        yield Check(step, "failed", f"{host}: {why.reason}", why.mend, NO_ACCESS)


def _catalog_checks(settings: Settings, loaded: Loaded | None) -> Iterator[Check]:
    with Catalog(settings) as catalog:
        try:
            models, providers = len(catalog.models()), len(catalog.providers())
            yield Check("catalog", "ok", f"{_count(models, 'model')}, {_count(providers, 'provider')}")
            findings = with_catalog(loaded, catalog) if loaded is not None else []
        except SaharaError as error:
            yield failed("catalog", error)
            return
    for finding in findings:
        if finding.id in CATALOG_RULES:
            yield Check("model", "failed", f"{finding.where}: {finding.message}", finding.mend, REFUSED)


def _endpoint_checks(graph: AgentGraph, settings: Settings) -> Iterator[Check]:
    for endpoint in graph.endpoints.values():
        if endpoint.base_url is None or endpoint.api_key_env is None:
            continue
        try:
            settings.endpoint_key(endpoint.api_key_env)
            yield Check(f"key of {endpoint.name}", "ok", f"{endpoint.api_key_env} is set")
        except SettingsError as error:
            yield failed(f"key of {endpoint.name}", error)


def _probe_checks(graph: AgentGraph, settings: Settings, consent: Consent) -> Iterator[Check]:
    pairs = dict.fromkeys(graph.pairs())
    with Catalog(settings) as catalog:
        for model in graph.open_models():
            try:
                pairs |= dict.fromkeys((provider, model) for provider in catalog.providers(model))
            except SaharaError as error:
                yield failed(f"{model} on auto", error)
    for provider, model in pairs:
        name = f"{model} on {provider}"
        denied = not_consented(name, graph.endpoint_wants(provider), consent)
        if denied is not None:
            yield denied
            continue
        try:
            answer = probe(settings, graph.endpoints.get(provider), provider, model)
            yield Check(name, "ok", answer)
        except SaharaError as error:
            yield failed(name, error)
