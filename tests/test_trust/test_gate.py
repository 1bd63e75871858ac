"""The gate: whatever was not said is refused, at its place, with what would allow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.loader import read_team
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.gate import judge
from agents_sahara.trust.wants import Want, WantKind
from tests.test_tools.teams import ONE_TOOL, write

PLACE = Place("team.yaml", 3, 5, 3, 9)
WANTS = [
    Want("python", "shop_tools", "the tool 'refund'", PLACE),
    Want("command", "npx some-server", "the tool 'files'", PLACE),
    Want("host", "rates.example", "the tool 'rates'", PLACE),
    Want("endpoint", "models.example", "the provider 'desk'", PLACE),
]
ALL = Consent.given(
    allow_python=["shop_tools"], allow_hosts=["Rates.example", "models.example"], allow_commands=True
)


def refused(consent: Consent) -> list[str]:
    report = Report()
    judge(WANTS, consent, report)
    return [finding.id for finding in report.sorted()]


def test_nothing_is_allowed_that_was_not_said() -> None:
    assert refused(Consent()) == [
        "command-not-allowed",
        "host-not-allowed",
        "host-not-allowed",
        "python-not-allowed",
    ]


def test_what_was_said_is_allowed_and_nothing_near_it() -> None:
    assert refused(ALL) == []
    near = Consent.given(allow_python=["shop_tools.sub", "shop"], allow_hosts=["example", "x.rates.example"])
    assert len(refused(near)) == len(WANTS)


def test_a_file_from_a_stranger_gets_nothing_whatever_else_was_said() -> None:
    given = Consent.given(
        allow_python=["shop_tools"],
        allow_hosts=["rates.example", "models.example"],
        allow_commands=True,
        trust="untrusted",
    )
    assert len(refused(given)) == len(WANTS)


def test_under_a_local_gateway_only_the_hosts_of_models_are_free() -> None:
    assert refused(Consent(is_local=True)) == [
        "command-not-allowed",
        "host-not-allowed",
        "python-not-allowed",
    ]


@pytest.mark.parametrize("kind", ["python", "command", "host", "server", "endpoint"])
def test_a_refusal_says_who_asks_for_what_and_how_it_is_allowed(kind: WantKind) -> None:
    report = Report()
    judge([Want(kind, "{asker.__class__}", "the tool '{what}'", PLACE)], Consent(), report)
    [finding] = report.sorted()
    assert finding.place == PLACE
    assert "{asker.__class__}" in finding.message
    assert "'{what}'" in finding.message
    assert "--allow-" in finding.mend


def test_consent_takes_lists_and_known_words_only() -> None:
    with pytest.raises(TypeError, match="must be a list"):
        Consent.given(allow_python="shop_tools")
    with pytest.raises(ValueError, match="'operator' or 'untrusted'"):
        Consent.given(trust="full")  # type: ignore[arg-type]  # what is tested
    assert Consent.given(allow_commands="yes").commands is False  # type: ignore[arg-type]  # as above


def test_a_server_of_tools_on_this_machine_is_not_for_strangers(tmp_path: Path) -> None:
    team = f"{ONE_TOOL}  it: {{mcp: {{url: 'http://127.0.0.1:9/mcp'}}}}\n"
    for given, refused in (
        (Consent(), []),
        (Consent.given(trust="untrusted", is_local=True), ["host-not-allowed"]),
    ):
        found = read_team(write(tmp_path, team), environ={}, consent=given).findings
        assert [one.id for one in found] == refused
