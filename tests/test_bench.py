"""The yardstick measures what it says: both sides ask the same, and ratios are what they claim to be.

Nothing is timed here: a figure belongs in docs/PERFORMANCE.md, with the machine and the noise beside it.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bench import plan, replies, table, teams
from bench.crew import BenchError, Crew, Gateway
from bench.gateway import Manner, manner_of
from bench.jobs import Job, percentile
from bench.limits import exceeded
from bench.peers import found_peers
from bench.plan import QUICK, TRIALS, lanes_of
from bench.ratios import LANES, Figure, Lane, Row, best, figure, over
from bench.sides.all_sides import PEERS
from bench.trials import Trial
from bench.worker import as_line, from_line

ROOT = Path(__file__).parent.parent

ROUNDS: list[dict[Lane, dict[str, float]]] = [
    {"opponent": {"cpu_ms": 10.0}, "ours": {"cpu_ms": 6.0}, "again": {"cpu_ms": 11.0}},
    {"opponent": {"cpu_ms": 8.0}, "ours": {"cpu_ms": 8.0}, "again": {"cpu_ms": 9.0}},
    {"opponent": {"cpu_ms": 16.0}, "ours": {"cpu_ms": 4.0}, "again": {"cpu_ms": 8.8}},
]


def _figure(row: Row) -> Figure:
    found = figure("run", "script", row, ROUNDS)
    assert found
    return found


def test_a_ratio_is_least_over_least_and_the_noise_is_the_opponent_over_itself() -> None:
    found = _figure(Row("cpu_ms", "CPU a run", "ms"))
    assert (found.opponent, found.ours, found.rounds) == (8.0, 4.0, 3)
    assert (found.ratio, found.noise, found.median) == (0.5, 1.1, 0.6)


def test_where_more_is_better_the_best_round_is_the_greatest() -> None:
    found = _figure(Row("cpu_ms", "runs a second", "1/s", better="more"))
    assert (found.opponent, found.ours, found.ratio) == (16.0, 8.0, 0.5)
    assert best([3.0, 5.0], "more") == 5.0


def test_a_reading_that_a_lane_does_not_have_gives_no_figure() -> None:
    assert figure("run", "script", Row("modules", "modules", ""), ROUNDS) is None


@pytest.mark.parametrize(("value", "reference", "ratio"), [(3, 2, 1.5), (0, 0, 1.0), (1, 0, float("inf"))])
def test_a_ratio_over_zero_is_never_an_error(value: float, reference: float, ratio: float) -> None:
    assert over(value, reference) == ratio


@pytest.mark.parametrize(("percent", "expected"), [(50, 2.0), (95, 4.0), (1, 1.0), (100, 4.0)])
def test_a_percentile_is_the_nearest_rank(percent: int, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == expected


def test_every_lane_goes_first_in_one_of_three_rounds() -> None:
    assert [lanes_of(number)[0] for number in range(4)] == ["opponent", "ours", "again", "opponent"]
    assert all(sorted(lanes_of(number)) == sorted(LANES) for number in range(4))


def test_the_table_shows_each_figure_with_its_noise_and_counts_apart() -> None:
    counted = Row("cpu_ms", "requests a run", "", is_clock_free=True)
    shown = table.text([_figure(Row("cpu_ms", "CPU a run", "ms")), _figure(counted)])
    assert shown.splitlines() == [
        "trial  figure     reference  ours  unit  ratio   A/A  median  rounds",
        "-----  ---------  ---------  ----  ----  -----  ----  ------  ------",
        "run    CPU a run          8     4  ms     0.50  1.10    0.60       3",
        "",
        "Counts, which no clock and no other process changes:",
        "",
        "trial  figure          reference  ours  unit  ratio   A/A  median  rounds",
        "-----  --------------  ---------  ----  ----  -----  ----  ------  ------",
        "run    requests a run          8     4         0.50  1.10    0.60       3",
    ]


def test_a_peer_has_a_column_beside_ours_and_no_limit() -> None:
    rounds = [{**readings, "langgraph": {"cpu_ms": 12.0}} for readings in ROUNDS]
    row = Row("cpu_ms", "CPU a run", "ms")
    ours, theirs = figure("run", "script", row, rounds), figure("run", "script", row, rounds, "langgraph")
    assert ours
    assert theirs
    assert table.text([ours, theirs]).splitlines()[4:] == [
        "Ratios to the script, of all who were measured in the same rounds:",
        "",
        "trial  figure     script  unit   A/A  ours  langgraph",
        "-----  ---------  ------  ----  ----  ----  ---------",
        "run    CPU a run       8  ms    1.10  0.50       1.50",
    ]
    requests = Row("cpu_ms", "requests a run", "", is_clock_free=True)
    over_limit = figure("run", "script", requests, rounds, "langgraph")
    assert over_limit
    assert list(exceeded([over_limit])) == []
    assert list(exceeded([replace(over_limit, side="ours")])) != []


def test_a_peer_that_fails_is_left_out_and_the_others_go_on() -> None:
    said: list[str] = []

    def measure(_: Crew, lane: Lane) -> dict[str, float]:
        if lane == "agno":
            raise BenchError("it broke")
        return {"cpu_ms": 1.0}

    trial = Trial("run", measure, (Row("cpu_ms", "CPU a run", "ms"),), rounds=2, has_peers=True)
    with (
        Crew(peers={"agno": sys.executable, "langgraph": sys.executable}) as crew,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setitem(TRIALS, "run", trial)
        outcome = plan.carry_out(plan.Plan(["run"]), crew, said.append)
    assert [each.side for each in outcome.figures] == ["ours", "langgraph"]
    assert said == ["run: agno failed and is left out: it broke", "run: 2 rounds"]


def test_a_peer_that_is_not_installed_is_left_out_with_a_line() -> None:
    said: list[str] = []
    found = found_peers(["agno=/no/such/python"], are_all=False, tell=said.append)
    assert (found, said) == ({}, ["agno: not installed, left out"])


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_that_is_installed_does_the_same_job(name: str) -> None:
    if not (python := found_peers([name], are_all=False, tell=lambda _: None)):
        pytest.skip("not installed")
    with Crew(peers=python) as crew:
        assert crew.work(name, Job("runs"))["requests_per_run"] == 2
        assert crew.work(name, Job("stream", manner=Manner(chunks=3)))["cpu_us_per_chunk"] > 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("transfer_to_spanish", {}),
        ("final_result_transfer_to_spanish", {}),
        ("handoff_to_spanish", {}),
        ("transfer_to_agent", {"agent_name": "spanish"}),
        ("delegate_task_to_member", {"member_id": "spanish", "task": "Answer."}),
    ],
)
def test_the_gateway_hands_off_by_whatever_tool_a_peer_offers(tool: str, arguments: dict[str, str]) -> None:
    body = json.dumps({"tools": [{"type": "function", "function": {"name": tool}}]}).encode()
    assert replies.handoff_of(body) == tool
    answer = json.loads(replies.completion("gpt-4o", tool).partition(b"\r\n\r\n")[2])
    call = answer["choices"][0]["message"]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == (tool, arguments)


def test_the_json_holds_every_field_of_every_figure() -> None:
    found = json.loads(table.as_json([_figure(Row("cpu_ms", "CPU a run", "ms"))]))
    assert found["version"] == 1
    assert sorted(found["machine"]) == ["cores", "python", "system"]
    assert [(each["trial"], each["ratio"], each["noise"]) for each in found["figures"]] == [("run", 0.5, 1.1)]


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (1234.5, "1,234"), (123.4, "123"), (12.34, "12.3"), (0.123, "0.12")]
)
def test_a_number_shows_the_digits_that_matter(value: float, shown: str) -> None:
    assert table.number(value) == shown


def test_a_manner_survives_its_way_through_a_path() -> None:
    manner = Manner(delay=50, chunks=500, pace=1, process=77)
    assert manner_of(manner.base_path + "/chat/completions") == manner
    assert manner_of("/api/compute/chat/completions") == Manner()


def test_a_job_survives_its_way_to_a_worker() -> None:
    job = Job("stream", runs=3, in_flight=2, manner=Manner(chunks=9), earlier_messages=4, team="a")
    assert from_line(as_line(job)) == job


def test_quick_names_trials_that_exist_and_have_quick_rounds() -> None:
    assert [name for name in QUICK if not TRIALS[name].quick_rounds] == []


def test_a_plan_whose_time_is_up_says_what_it_left_out() -> None:
    said: list[str] = []
    with Crew() as crew:
        outcome = plan.carry_out(plan.Plan(["run"], most_s=0), crew, said.append)
    assert (outcome, said) == (plan.Outcome((), ()), ["run: left out, the time is up"])


def test_the_document_has_a_line_for_every_trial() -> None:
    text = (ROOT / "docs" / "PERFORMANCE.md").read_text(encoding="utf-8")
    assert [name for name in TRIALS if f"`{name}`" not in text] == []


def _post(connection: http.client.HTTPConnection, provider: str) -> int:
    headers = {"OpenAI-Organization": provider} if provider else {}
    connection.request("POST", "/api/compute/chat/completions", b'{"model": "gpt-4o"}', headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_the_gateway_counts_requests_and_connections_and_forgets_what_was_taken() -> None:
    gateway = Gateway()
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    statuses = [_post(connection, provider) for provider in ("openai", "together", "")]
    counted = [(taken["requests"], taken["connections"]) for taken in (gateway.take(), gateway.take())]
    connection.close()
    gateway.close()
    assert (statuses, counted) == ([200, 200, 404], [(3, 1), (0, 0)])


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with Crew(record=True) as made:
        yield made


def _asked(crew: Crew, lane: Lane, job: Job) -> tuple[list[Mapping[str, object]], Mapping[str, float]]:
    """What reached the gateway while this lane did the job, reduced to what the model is asked."""
    readings = crew.work(lane, job)
    bodies = crew.last_taken["bodies"]
    assert isinstance(bodies, list)
    return [_question(each["provider"], each["body"]) for each in bodies], readings


def _question(provider: str, body: Mapping[str, object]) -> Mapping[str, object]:
    messages, tools = body["messages"], body.get("tools", [])
    assert isinstance(messages, list)
    assert isinstance(tools, list)
    return {
        "provider": provider,
        "model": body["model"],
        "stream": bool(body.get("stream")),
        "roles": [message["role"] for message in messages],
        "system": messages[0]["content"],
        "user": [message["content"] for message in messages if message["role"] == "user"],
        "tools": len(tools),
    }


TRIAGE_ASKED = {
    "provider": "openai",
    "model": "gpt-4o",
    "stream": False,
    "roles": ["system", "user"],
    "system": "Handoff to the appropriate agent based on the language of the request.",
    "user": [teams.MESSAGE],
    "tools": 2,
}
SPANISH_ASKED = TRIAGE_ASKED | {
    "provider": "together",
    "model": "deepseek-ai/DeepSeek-V3",
    "roles": ["system", "user", "assistant", "tool"],
    "system": "You only speak Spanish. Your name is James",
    "tools": 0,
}


@pytest.mark.parametrize("lane", ["opponent", "ours"])
def test_a_run_asks_the_triage_agent_and_then_the_specialist(crew: Crew, lane: Lane) -> None:
    asked, readings = _asked(crew, lane, Job("runs", runs=1))
    assert asked == [TRIAGE_ASKED, SPANISH_ASKED] * 2
    assert readings["requests_per_run"] == 2


@pytest.mark.parametrize("lane", ["opponent", "ours"])
def test_a_stream_asks_the_same_and_shows_every_chunk(crew: Crew, lane: Lane) -> None:
    asked, _ = _asked(crew, lane, Job("stream", manner=Manner(chunks=5)))
    streamed = [question | {"stream": True} for question in (TRIAGE_ASKED, SPANISH_ASKED)]
    assert asked == [TRIAGE_ASKED, SPANISH_ASKED, *streamed]


@pytest.mark.parametrize("lane", ["opponent", "ours"])
def test_a_single_call_asks_the_specialist_and_nobody_else(crew: Crew, lane: Lane) -> None:
    asked, readings = _asked(crew, lane, Job("calls", runs=2))
    alone = SPANISH_ASKED | {"roles": ["system", "user"]}
    assert asked == [TRIAGE_ASKED, SPANISH_ASKED, alone, alone, alone]
    assert readings["cpu_ms"] > 0


def test_sides_agree_with_earlier_messages_and_with_more_agents(crew: Crew) -> None:
    job = Job("runs", earlier_messages=4, extra_agents=3)
    opponent, ours = (_asked(crew, lane, job)[0] for lane in ("opponent", "ours"))
    assert opponent == ours
    assert opponent[0]["roles"] == ["system", "user", "assistant", "user", "assistant", "user"]


def test_an_answer_is_streamed_in_as_many_chunks_as_asked_and_ends_well() -> None:
    end = replies.stream_end("gpt-4o", usage=True)
    assert end.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert b'"finish_reason": "stop"' in end
    assert b'"total_tokens": 52' in end
