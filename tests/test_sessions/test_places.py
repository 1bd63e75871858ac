"""From `session` in a team file to the place where conversations lie."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from agents_sahara.errors import SessionError, SpecError
from agents_sahara.graph.values import AgentGraph, SessionStore
from agents_sahara.loader import load_graph
from agents_sahara.sessions.opening import open_store
from agents_sahara.sessions.places import file_of
from agents_sahara.trust.consent import Consent

AGENTS = "version: 1\nname: shop\nagents:\n  solo: {instructions: Hi., model: gpt-4o, provider: openai}\n"


def team(
    folder: Path | None,
    store: str | None,
    environ: dict[str, str] | None = None,
    hosts: tuple[str, ...] = (),
    *,
    is_local: bool = False,
) -> AgentGraph:
    consent = Consent.given(allow_hosts=hosts, is_local=is_local)
    text = AGENTS if store is None else AGENTS + f'session: {{store: "{store}"}}\n'
    if folder is None:
        return load_graph(text, environ=environ or {}, consent=consent)
    path = folder / "team.yaml"
    path.write_text(text, encoding="utf-8")
    return load_graph(path, environ=environ or {}, consent=consent)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "desk"
    made.mkdir()
    return made


def test_a_file_lies_beside_the_team(folder: Path, tmp_path: Path) -> None:
    assert (
        file_of(team(folder, "sqlite:talks/sessions.db"), tmp_path / "state") == folder / "talks/sessions.db"
    )


@pytest.mark.parametrize("store", [None, "sqlite:sessions.db"])
def test_a_team_without_a_folder_or_a_word_uses_the_state_folder(
    store: str | None, folder: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    place = file_of(team(None if store else folder, store), state)
    assert place.parent.parent == state / "sessions"
    assert place.parent.name.startswith("shop-")
    assert place.name == "sessions.db"


def test_teams_of_one_name_in_two_folders_do_not_share(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert file_of(team(folder, None), tmp_path) != file_of(team(other, None), tmp_path)
    assert file_of(team(folder, None), tmp_path) == file_of(team(folder, None), tmp_path)


def test_a_folder_that_cannot_be_written_keeps_nothing_new(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, state = team(folder, "sqlite:sessions.db"), tmp_path / "state"
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert file_of(made, state).is_relative_to(state)
    (folder / "sessions.db").touch()  # it is not left for another place because a disk is read-only today
    assert file_of(made, state) == folder / "sessions.db"


def test_a_path_elsewhere_comes_from_the_operator_alone(folder: Path, tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "var" / "talks.db")
    for store in ("sqlite:${FILE}", "${STORE}", "sqlite:${FILE:?which file}"):
        made = team(folder, store, {"FILE": elsewhere, "STORE": f"sqlite:{elsewhere}"})
        assert str(file_of(made, tmp_path)) == elsewhere
    with pytest.raises(SpecError, match="bad-path"):
        team(folder, f"sqlite:${{FILE:-{elsewhere}}}", {})


def test_a_link_does_not_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "sessions.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(SessionError, match="leads out of the team file's folder"):
        file_of(team(folder, "sqlite:sessions.db"), tmp_path)


def test_without_a_home_the_mend_names_a_way(folder: Path) -> None:
    with pytest.raises(SessionError) as caught:
        file_of(team(folder, None), None)
    assert "SAHARA_STATE_DIR" in caught.value.mend


def test_a_password_comes_from_a_variable_and_is_shown_nowhere(folder: Path) -> None:
    environ = {"DB_PASSWORD": "hunter2"}
    url = "postgresql://bot:${DB_PASSWORD}@db.example/bot"
    made = team(folder, url, environ, hosts=("db.example",))
    assert made.session.url is not None
    assert made.session.url.reveal() == "postgresql://bot:hunter2@db.example/bot"
    assert "hunter2" not in repr(made)
    with pytest.raises(SpecError, match=r"keeps conversations on the host 'db\.example'") as caught:
        team(folder, url, environ)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(SpecError) as caught:
        team(folder, "postgresql://bot:hunter2@127.0.0.1/bot")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/0", "rediss://localhost/1", "postgresql://[::1]/bot"]
)
def test_a_server_on_this_machine_needs_no_consent(folder: Path, url: str) -> None:
    made = team(folder, url)
    assert made.session.kind in ("redis", "postgresql")


def test_a_simulated_team_needs_no_consent_to_a_server_that_is_not_asked(
    folder: Path, tmp_path: Path
) -> None:
    made = team(folder, "redis://talks.example/0", is_local=True)
    store = open_store(made, state=tmp_path, is_local=True)
    assert Path(store.where).is_relative_to(tmp_path)


def test_a_store_is_opened_when_it_is_first_needed(folder: Path, tmp_path: Path) -> None:
    store = open_store(team(folder, "sqlite:sessions.db"), state=tmp_path, is_local=False)
    assert [path.name for path in folder.iterdir()] == ["team.yaml"]
    asyncio.run(store.aclose())
    assert open_store(team(folder, "memory"), state=None, is_local=False).where == "memory"
    assert team(folder, "memory").session == SessionStore("memory")
