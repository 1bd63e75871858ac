"""The table of rules: ids that can be promised."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.diagnostics.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_a_plain_id_and_a_whole_sentence(rule: Rule) -> None:
    assert RULES[rule.id] is rule
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert rule.summary.endswith(".")
    assert rule.severity in ("error", "warning")


def test_a_finding_takes_its_severity_from_its_rule_and_counts_once() -> None:
    report = Report()
    place = Place("a", 1, 1, 1, 2)
    for _ in range(2):
        report.add("too-deep", place, "deep")
    (finding,) = report.sorted()
    assert finding.severity == "error"
    assert report.has_errors
    with pytest.raises(KeyError):
        report.add("no-such-rule", place, "x")


def test_reading_and_showing_brings_in_only_yaml_and_small_parts_of_the_standard_library() -> None:
    code = (
        "import sys, agents_sahara.source.compose, agents_sahara.diagnostics.render\n"
        "heavy = {'pydantic', 'rich', 'asyncio', 'agents', 'openai', 'httpx2', 'email', 'http', 'logging'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
