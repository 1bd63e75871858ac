"""A team file becomes a checked graph, or all of its findings at once.

A pipeline of plain functions: text, tree, layers, spec, graph, checks. Loads neither the SDK nor the network,
and runs nothing that a file names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents_sahara.checks.case import Case
from agents_sahara.checks.table import CHECKS
from agents_sahara.diagnostics.finding import Finding, Report
from agents_sahara.diagnostics.render import render
from agents_sahara.errors import SpecError
from agents_sahara.graph.files import Files
from agents_sahara.graph.layers import (
    profile_names,
    report_unknown_profile,
    with_includes,
    with_profile,
    without,
)
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.team import Resolved, resolve
from agents_sahara.graph.uses import Uses
from agents_sahara.graph.values import AgentGraph
from agents_sahara.source import nodes
from agents_sahara.source.compose import compose
from agents_sahara.source.text import read_source
from agents_sahara.spec.format import read_tree
from agents_sahara.spec.values import TeamSpec
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.gate import REFUSALS, judge
from agents_sahara.trust.wants import Want

TEXT_NAME = "<text>"
"""What findings call a team that was given as text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading gave."""

    graph: AgentGraph | None
    """None where there is any error finding."""
    findings: tuple[Finding, ...]
    """Errors and warnings, by place."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Each file that was read by the name that findings give it, without what looks like a key."""
    refused: tuple[Want, ...] = ()
    """What the file asks for, and only the operator's word is missing: there is no other error."""


def read_team(
    team: str | Path,
    *,
    vars: Mapping[str, str] | None = None,  # noqa: A002 - the public name, as `--var` and the file's key
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
    consent: Consent | None = None,
) -> Loaded:
    """Load a team file, or a text that is one (a `str` with a line break); never raises for what it holds.

    `vars` win over the file's, `environ` is read by `${NAME}` (the process environment where None), and
    without `consent` the team is only looked at: it is not judged whether the operator allows what it asks for, and
    nothing of that will be done.
    """
    report = Report()
    files, name, text = _open(team, report)
    around = Surroundings(
        files=files,
        report=report,
        environ=os.environ if environ is None else environ,
        given_vars=vars or {},
        consent=consent,
    )
    graph = None if text is None else _load(text, name, profile, around)
    texts = {file: _masked(shown, around.masks) for file, shown in files.texts.items()}
    only_refused = all(finding.severity == "warning" or finding.id in REFUSALS for finding in report.sorted())
    refused = tuple(around.refused) if only_refused else ()
    return Loaded(None if report.has_errors else graph, report.sorted(), texts, refused)


def load_graph(
    team: str | Path,
    *,
    vars: Mapping[str, str] | None = None,  # noqa: A002 - as in `read_team`
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
    consent: Consent | None = None,
) -> AgentGraph:
    """As `read_team`, for a team that must be good.

    Raises:
        SpecError: the file has error findings; it carries all of them, and shows them as text.
    """
    loaded = read_team(team, vars=vars, profile=profile, environ=environ, consent=consent)
    if loaded.graph is None:
        shown = render(loaded.findings, format="text", texts=loaded.texts, files=1)
        raise SpecError(loaded.findings, rendered=shown)
    return loaded.graph


def _open(team: str | Path, report: Report) -> tuple[Files, str, str | None]:
    if isinstance(team, str) and ("\n" in team or "\r" in team):
        files = Files(folder=None)
        files.add(TEXT_NAME, None, team)
        return files, TEXT_NAME, team
    path, name = Path(team), str(team)
    files = Files(folder=path.parent)
    text = read_source(path, report, name=name)
    if text is not None:
        files.add(name, path, text)
    return files, name, text


def _load(text: str, name: str, profile: str | None, around: Surroundings) -> AgentGraph | None:
    tree = compose(text, name, around.report)
    if tree is None:
        return None
    if not isinstance(tree, nodes.Mapping):
        read_tree(tree, around.report)
        return None
    if "include" in tree.values or profile is not None:
        read_tree(tree, around.report, is_partial=True)
    tree = with_includes(tree, around.files, around.report)
    return _choose(tree, name, profile, around)


def _choose(tree: nodes.Mapping, name: str, profile: str | None, around: Surroundings) -> AgentGraph | None:
    """The team under the chosen profile; the file's other profiles are judged beside it."""
    chosen = tree if profile is None else with_profile(tree, profile)
    if chosen is None or profile is None:
        chosen = tree
    if profile is not None and chosen is tree:
        report_unknown_profile(tree, profile, around.report)
    spec, resolved = _mean(chosen, name, around)
    if spec is None or resolved is None:
        return None
    if around.consent is not None:
        around.refused.extend(judge(resolved.graph.wants(), around.consent, around.report))
    uses = resolved.uses
    for other in (None, *profile_names(tree)):
        if other != profile:
            uses |= _uses_beside(tree, other, name, around)
    if around.report.has_errors:
        return None  # a mistake elsewhere would make much of the team look idle
    case = Case(spec, resolved.graph, around.report, uses)
    for check in CHECKS:
        check(case)
    return resolved.graph


def _mean(tree: nodes.Mapping, name: str, around: Surroundings) -> tuple[TeamSpec | None, Resolved | None]:
    spec = read_tree(tree, around.report)
    return (None, None) if spec is None else (spec, resolve(spec, name, around))


def _uses_beside(tree: nodes.Mapping, profile: str | None, name: str, around: Surroundings) -> Uses:
    """Judge the team as it is without the chosen profile, as far as the environment does not matter.

    The file alone need not be complete where the operator chose a profile, so its findings are not reported.
    """
    layered = without(tree, "profiles") if profile is None else with_profile(tree, profile)
    if layered is None:
        return Uses()
    scratch = Report()
    beside = replace(around, report=scratch, environ=None, given_vars={})
    _, resolved = _mean(without(layered, "include"), name, beside)
    if profile is not None:
        _pass_on(scratch, f"(with the profile {profile!r})", around.report)
    return Uses() if resolved is None else resolved.uses


def _pass_on(scratch: Report, note: str, report: Report) -> None:
    known = {finding.place[:3] for finding in report.sorted()}
    for finding in scratch.sorted():
        if finding.place[:3] not in known:
            report.add(finding.id, finding.place, f"{finding.message} {note}", mend=finding.mend)


def _masked(text: str, masks: Iterable[str]) -> str:
    for mask in masks:
        text = text.replace(mask, "*" * len(mask))
    return text
