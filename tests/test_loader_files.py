"""Files that a team names: layers that merge, texts that are read, paths that lead nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents_sahara.loader import Loaded, load_graph, read_team

SOLO = "agents:\n  solo: {instructions: Hi., model: gpt-4o, provider: openai}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "team" / "shared").mkdir(parents=True)
    return tmp_path / "team"


def _team(folder: Path, text: str) -> Path:
    path = folder / "team.yaml"
    path.write_text("version: 1\n" + text, encoding="utf-8")
    return path


def _ids(loaded: Loaded) -> list[str]:
    return [finding.id for finding in loaded.findings]


def _reading(folder: Path, file: str) -> Loaded:
    path = _team(
        folder, f"agents:\n  solo: {{instructions: {{file: '{file}'}}, model: gpt-4o, provider: openai}}\n"
    )
    return read_team(path, environ={})


def test_this_file_wins_over_what_it_includes_and_maps_merge_key_by_key(folder: Path) -> None:
    (folder / "shared" / "one.yaml").write_text(
        "vars: {a: one, b: one}\ndefaults: {model: gpt-4o, provider: openai, settings: {seed: 1, top_p: 1}}\n"
        "agents:\n  solo: {instructions: 'From one {{ a }} {{ b }} {{ c }}', handoffs: [x]}\n"
    )
    (folder / "shared" / "two.yaml").write_text("vars: {b: two}\n")
    path = _team(
        folder,
        "include: [shared/one.yaml, shared/two.yaml]\nvars: {c: this}\n"
        "defaults: {settings: {seed: 3}}\nagents: {solo: {handoffs: []}}\n",
    )
    agent = load_graph(path).agents["solo"]
    assert agent.instructions == "From one one two this"
    assert agent.target.settings == {"seed": 3, "top_p": 1}
    assert agent.handoffs == ()


def test_an_included_file_names_files_beside_itself(folder: Path) -> None:
    (folder / "shared" / "agents.yaml").write_text("agents: {solo: {instructions: {file: solo.md}}}\n")
    (folder / "shared" / "solo.md").write_text("From beside.\n")
    path = _team(folder, "include: [shared/agents.yaml]\ndefaults: {model: gpt-4o, provider: openai}\n")
    assert load_graph(path).agents["solo"].instructions == "From beside.\n"


def test_findings_name_the_file_they_stand_in(folder: Path) -> None:
    (folder / "shared" / "agents.yaml").write_text("agents:\n  solo:\n    handoffs: [nobody]\n")
    loaded = read_team(_team(folder, "include: [shared/agents.yaml]\n" + SOLO))
    assert [finding.where for finding in loaded.findings] == [f"{folder}/shared/agents.yaml:3:16"]
    assert f"{folder}/shared/agents.yaml" in loaded.texts


def test_an_included_library_may_hold_more_than_one_team_uses(folder: Path) -> None:
    (folder / "shared" / "models.yaml").write_text("models: {fast: {provider: openai, model: gpt-4o}}\n")
    assert _ids(read_team(_team(folder, "include: [shared/models.yaml]\n" + SOLO))) == []


def test_a_profile_replaces_what_it_says_and_keeps_the_rest(folder: Path) -> None:
    path = _team(
        folder,
        "defaults: {model: gpt-4o, provider: openai, settings: {seed: 1}}\nagents: {solo: {instructions: Hi.}}\n"
        "profiles:\n  prod: {defaults: {provider: together, settings: {top_p: 0.5}}}\n",
    )
    plain, prod = load_graph(path), load_graph(path, profile="prod")
    assert (plain.agents["solo"].target.provider, plain.agents["solo"].target.settings) == (
        "openai",
        {"seed": 1},
    )
    target = prod.agents["solo"].target
    assert (target.provider, target.settings) == ("together", {"seed": 1, "top_p": 0.5})


def test_a_file_may_be_complete_only_under_its_profile(folder: Path) -> None:
    path = _team(
        folder,
        "agents: {solo: {instructions: Hi.}}\nprofiles: {prod: {defaults: {model: gpt-4o, provider: openai}}}\n",
    )
    assert _ids(read_team(path)) == ["missing-model"]
    assert _ids(read_team(path, profile="prod")) == []


def test_an_unset_variable_of_a_profile_that_was_not_chosen_is_no_mistake(folder: Path) -> None:
    path = _team(
        folder,
        "vars: {a: here}\nagents: {solo: {instructions: '{{ a }}', model: gpt-4o, provider: openai}}\n"
        "profiles: {prod: {vars: {a: '${UNSET:?set it}'}}}\n",
    )
    assert _ids(read_team(path, environ={})) == []
    assert _ids(read_team(path, environ={}, profile="prod")) == ["unset-variable"]


def test_a_text_is_read_with_its_variables(folder: Path) -> None:
    (folder / "solo.md").write_text("Greet for {{ shop }}.\nNever say {{{{.\n", encoding="utf-8")
    path = _team(
        folder,
        "vars: {shop: Äcme}\nagents: {solo: {instructions: {file: solo.md}, model: gpt-4o, provider: openai}}\n",
    )
    assert load_graph(path).agents["solo"].instructions == "Greet for Äcme.\nNever say {{.\n"


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_followed(folder: Path) -> None:
    (folder.parent / "secret.md").write_text("Secret.")
    (folder / "solo.md").write_text("Hi.")
    (folder / "out.md").symlink_to(folder.parent / "secret.md")
    (folder / "outer").symlink_to(folder.parent)
    (folder / "in.md").symlink_to(folder / "solo.md")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    assert _ids(_reading(folder, "out.md")) == ["bad-path"]
    assert _ids(_reading(folder, "outer/secret.md")) == ["bad-path"]
    assert _ids(_reading(folder, "loop.md")) == ["unreadable-file"]
    assert _ids(_reading(folder, "in.md")) == []


def test_pipes_and_devices_are_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "null.md").symlink_to("/dev/null")
    assert _ids(_reading(folder, "pipe")) == ["unreadable-file"]
    assert _ids(_reading(folder, "null.md")) == ["bad-path"]
    assert _ids(read_team(folder / "pipe")) == ["unreadable-file"]


def test_includes_of_includes_cannot_multiply_without_end(folder: Path) -> None:
    for level in range(7):
        listed = ", ".join([f"l{level + 1}.yaml"] * 40)
        (folder / f"l{level}.yaml").write_text(f"include: [{listed}]\n")
    (folder / "l7.yaml").write_text("name: end\n")
    assert _ids(read_team(_team(folder, "include: [l0.yaml]\n" + SOLO))) == ["too-many-files"]


def test_an_include_may_not_leave_the_folder_of_the_file_that_names_it(folder: Path) -> None:
    (folder / "shared" / "inner.yaml").write_text("include: [up.yaml]\n")
    (folder / "shared" / "up.yaml").symlink_to(folder / "other.yaml")
    (folder / "other.yaml").write_text("name: other\n")
    assert _ids(read_team(_team(folder, "include: [shared/inner.yaml]\n" + SOLO))) == ["bad-path"]


def test_a_team_given_as_text_can_name_no_files() -> None:
    loaded = read_team("version: 1\ninclude: [a.yaml]\n" + SOLO)
    assert _ids(loaded) == ["no-folder"]
    assert loaded.texts.keys() == {"<text>"}
