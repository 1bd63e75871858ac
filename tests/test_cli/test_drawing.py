"""Every drawing shows the whole team, and no name in it is ever markup."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from agents_sahara.cli.drawing.layout import BOX_HEIGHT, BOX_WIDTH, lay_out
from agents_sahara.cli.drawing.table import DRAWINGS
from agents_sahara.cli.graph import FORMATS
from agents_sahara.expressions.expression import parse
from agents_sahara.graph.flows import Again, InOrder, SideBySide, Step
from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge, ModelTarget
from agents_sahara.types import Price
from tests.test_cli.payloads import PAYLOADS
from tests.test_cli.schemas import schema

SVG = "{http://www.w3.org/2000/svg}"


def _node(key: str, *targets: str, name: str | None = None, off: tuple[str, ...] = ()) -> AgentNode:
    edges = tuple(
        HandoffEdge(target, f"transfer_to_{target}", f"to {target}", target not in off) for target in targets
    )
    return AgentNode(key, name or key, "", "", ModelTarget("openai", "gpt-4o"), edges)


def _team(*nodes: AgentNode, name: str = "desk") -> AgentGraph:
    return AgentGraph(name, "", nodes[0].key, {node.key: node for node in nodes})


TRIAGE = _team(
    _node("triage", "spanish", "english", "old", off=("old",), name="Triage agent"),
    _node("spanish", "triage"),
    _node("english"),
    _node("old"),
)


def test_the_formats_of_the_help_are_those_that_are_drawn() -> None:
    assert tuple(DRAWINGS) == FORMATS


def test_text_lists_agents_handoffs_what_is_off_and_what_is_unreachable() -> None:
    assert DRAWINGS["text"](TRIAGE) == (
        "team desk, entry triage\n"
        "\n"
        "triage (Triage agent)\n"
        "  gpt-4o on openai\n"
        "  -> spanish  transfer_to_spanish\n"
        "  -> english  transfer_to_english\n"
        "  -x old  transfer_to_old  [disabled]\n"
        "\n"
        "spanish\n"
        "  gpt-4o on openai\n"
        "  -> triage  transfer_to_triage\n"
        "\n"
        "english\n"
        "  gpt-4o on openai\n"
        "\n"
        "old  [unreachable]\n"
        "  gpt-4o on openai\n"
    )


POOLED = _team(
    replace(
        _node("solo", "solo"),
        backups=(ModelTarget("together", "llama-3-8b"), ModelTarget("lepton", "llama3-1-8b")),
    )
)


def test_text_and_json_list_the_backups_in_order() -> None:
    assert DRAWINGS["text"](POOLED) == (
        "team desk, entry solo\n"
        "\n"
        "solo\n"
        "  gpt-4o on openai\n"
        "    or llama-3-8b on together\n"
        "    or llama3-1-8b on lepton\n"
        "  -> solo  transfer_to_solo\n"
    )
    drawn = json.loads(DRAWINGS["json"](POOLED))
    jsonschema.validate(drawn, schema("graph"))
    assert drawn["agents"][0]["backups"] == [
        {"provider": "together", "model": "llama-3-8b"},
        {"provider": "lepton", "model": "llama3-1-8b"},
    ]


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_a_box_says_how_many_backups_there_are(form: str) -> None:
    assert "gpt-4o on openai, or 2 more" in DRAWINGS[form](POOLED)


def test_mermaid_numbers_the_agents_and_dots_what_is_off() -> None:
    assert DRAWINGS["mermaid"](TRIAGE) == (
        "flowchart TD\n"
        '  a0(["triage<br/>gpt-4o on openai"])\n'
        '  a1["spanish<br/>gpt-4o on openai"]\n'
        '  a2["english<br/>gpt-4o on openai"]\n'
        '  a3["old<br/>gpt-4o on openai"]\n'
        "  a0 --> a1\n"
        "  a0 --> a2\n"
        '  a0 -. "disabled" .-> a3\n'
        "  a1 --> a0\n"
        "  classDef unreachable stroke-dasharray: 4 4,opacity: 0.6\n"
        "  class a3 unreachable\n"
    )


def test_dot_is_a_digraph_with_dashes_for_what_is_off() -> None:
    assert DRAWINGS["dot"](TRIAGE) == (
        "digraph team {\n"
        '  label="desk";\n'
        '  node [shape=box, style=rounded, fontname="sans-serif"];\n'
        '  a0 [label="triage\\ngpt-4o on openai", penwidth=2];\n'
        '  a1 [label="spanish\\ngpt-4o on openai"];\n'
        '  a2 [label="english\\ngpt-4o on openai"];\n'
        '  a3 [label="old\\ngpt-4o on openai", style="rounded,dashed", tooltip="unreachable"];\n'
        "  a0 -> a1;\n"
        "  a0 -> a2;\n"
        '  a0 -> a3 [style=dashed, label="disabled"];\n'
        "  a1 -> a0;\n"
        "}\n"
    )


def test_json_has_agents_in_the_order_of_the_file_and_every_edge() -> None:
    drawn = json.loads(DRAWINGS["json"](TRIAGE))
    assert drawn["version"] == 1
    assert drawn["entry"] == "triage"
    assert [agent["key"] for agent in drawn["agents"]] == ["triage", "spanish", "english", "old"]
    assert [agent["reachable"] for agent in drawn["agents"]] == [True, True, True, False]
    assert drawn["edges"][2] == {
        "from": "triage",
        "to": "old",
        "kind": "handoff",
        "tool_name": "transfer_to_old",
        "description": "to old",
        "enabled": False,
        "input": None,
        "history": "full",
        "return": False,
    }


def test_json_lists_each_price_of_the_file_once() -> None:
    price = Price(Decimal("2.50"), Decimal(10), "the list", dt.date(2026, 11, 1))
    target = ModelTarget("openai", "gpt-4o", price=price)
    nodes = [replace(_node(key), target=target, backups=(ModelTarget("together", "m"),)) for key in "ab"]
    drawn = json.loads(DRAWINGS["json"](_team(*nodes)))
    jsonschema.validate(drawn, schema("graph"))
    assert drawn["prices"] == [
        {
            "provider": "openai",
            "model": "gpt-4o",
            "input": "2.50",
            "output": "10",
            "source": "the list",
            "date": "2026-11-01",
        }
    ]


def test_svg_is_xml_with_a_box_for_each_agent_and_an_arrow_for_each_handoff() -> None:
    drawn = ET.fromstring(DRAWINGS["svg"](TRIAGE))
    titles = [title.text for title in drawn.iter(f"{SVG}title")]
    assert titles == [
        "desk",
        "triage -> spanish: transfer_to_spanish",
        "triage -> english: transfer_to_english",
        "triage -> old: transfer_to_old (disabled)",
        "spanish -> triage: transfer_to_triage",
        "entry: triage (Triage agent): gpt-4o on openai",
        "spanish (spanish): gpt-4o on openai",
        "english (english): gpt-4o on openai",
        "unreachable: old (old): gpt-4o on openai",
    ]


def test_boxes_never_overlap_and_stay_inside_the_picture() -> None:
    nodes = [_node("a0", *(f"a{at}" for at in range(1, 40)), "a0")]
    nodes += [_node(f"a{at}", f"a{(at * 7) % 60}", f"a{at + 20}") for at in range(1, 60)]
    nodes += [_node(f"a{at}", "a0") for at in range(60, 100)]
    layout = lay_out(_team(*nodes))
    boxes = list(layout.boxes.values())
    assert len(boxes) == 100
    for at, box in enumerate(boxes):
        assert box.x >= 0
        assert box.x + BOX_WIDTH <= layout.width
        assert box.y + BOX_HEIGHT <= layout.height
        for other in boxes[:at]:
            assert abs(box.x - other.x) >= BOX_WIDTH or abs(box.y - other.y) >= BOX_HEIGHT


def _points(path: str) -> Iterator[tuple[float, float]]:
    """Points along a path of M, L, Q and C, close to each other."""
    here = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MLQC])([^MLQC]+)", path):
        flat = list(map(float, numbers.split()))
        stops = [here, *zip(flat[::2], flat[1::2], strict=True)]
        for at in range(201 if letter != "M" else 0):
            yield _between(stops, at / 200)
        here = stops[-1]


def _between(stops: list[tuple[float, float]], share: float) -> tuple[float, float]:
    """De Casteljau: the point of a Bézier curve of any degree."""
    while len(stops) > 1:
        stops = [(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for (x1, y1), (x2, y2) in pairwise(stops)]
    return stops[0]


CYCLES = {
    "back to the entry": TRIAGE,
    "everybody to everybody": _team(
        *(_node(f"a{at}", *(f"a{to}" for to in range(6) if to != at)) for at in range(6))
    ),
    "a chain that leads back": _team(
        *(_node(f"a{at}", f"a{at + 1}", *(f"a{to}" for to in range(at))) for at in range(7)),
        _node("a7", "a0", "a3"),
    ),
    "rows that go on in the next": _team(
        _node("a0", *(f"a{at}" for at in range(1, 40))),
        *(_node(f"a{at}", "a0", f"a{at % 39 + 1}", f"a{(at + 16) % 39 + 1}") for at in range(1, 40)),
    ),
    "far below": _team(
        _node("a0", "a1", "lost", off=("lost",)), _node("a1", "a2"), _node("a2", "a0"), _node("lost", "a0")
    ),
}


@pytest.mark.parametrize("team", CYCLES.values(), ids=CYCLES)
def test_no_arrow_runs_behind_a_box_or_out_of_the_picture(team: AgentGraph) -> None:
    layout = lay_out(team)
    paths = [path.get("d", "") for path in ET.fromstring(DRAWINGS["svg"](team)).iterfind(f"{SVG}path")]
    assert len(paths) == sum(len(node.handoffs) for node in team.agents.values())
    for path in paths:
        for x, y in _points(path):
            assert 0 < x < layout.width
            assert 0 < y < layout.height
            behind = [
                key
                for key, box in layout.boxes.items()
                if box.x < x < box.x + BOX_WIDTH and box.y + 0.01 < y < box.y + BOX_HEIGHT - 0.01
            ]
            assert behind == []


@pytest.mark.parametrize("team", CYCLES.values(), ids=CYCLES)
def test_an_arrow_leads_from_its_agents_box_to_its_targets(team: AgentGraph) -> None:
    boxes = lay_out(team).boxes
    ends = set()
    for path in ET.fromstring(DRAWINGS["svg"](team)).iterfind(f"{SVG}path"):
        title = path.findtext(f"{SVG}title", "").partition(":")[0]
        along = list(_points(path.get("d", "")))
        for key, (x, y) in zip(title.split(" -> "), (along[0], along[-1]), strict=True):
            assert boxes[key].x < x < boxes[key].x + BOX_WIDTH
            assert y in (boxes[key].y, boxes[key].y + BOX_HEIGHT)
            ends.add((x, y))
    assert len(ends) == 2 * sum(len(node.handoffs) for node in team.agents.values())


@pytest.mark.parametrize("form", FORMATS)
def test_a_large_team_is_drawn_in_linear_time(form: str) -> None:
    nodes = [_node("a0", *(f"a{at}" for at in range(1, 2000)))]
    nodes += [_node(f"a{at}", f"a{(at * 7919) % 2000}") for at in range(1, 2000)]
    started = time.process_time()
    DRAWINGS[form](_team(*nodes))
    assert time.process_time() - started < 3


HOSTILE = {
    "script": "</script><img src=x onerror=alert(1)>",
    "svg": '"/><script>alert(1)</script><a href="javascript:alert(1)">',
    "title": "</title></svg><script>alert(1)</script>",
    "cdata": "]]><script>",
    "entity": "&lt;script&gt; &#60;",
    "mermaid click": '"]; click a0 "javascript:alert(1)"',
    "mermaid directive": "%%{init: {'securityLevel': 'loose'}}%%",
    "mermaid markdown": '"`**x**`"',
    "mermaid end": "end\nclick a0 href",
    "mermaid entity": "#lt;script#gt;",
    "dot": '"]; evil [URL="javascript:alert(1)"',
    "dot backslash": 'x\\", URL="y',
    "dot record": "{a|b}<html>\\N\\G",
    "quotes": "'\"`",
} | {name: payload for name, (payload, _) in PAYLOADS.items()}


def _hostile(text: str) -> AgentGraph:
    target = ModelTarget(text, text)
    edge = HandoffEdge("plain", text, text)
    backups = (target,)
    return AgentGraph(
        text,
        text,
        "entry",
        {
            "entry": AgentNode("entry", text, text, text, target, (edge,), backups),
            "plain": AgentNode("plain", text, text, text, target),
        },
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_svg_takes_every_name_as_text(text: str) -> None:
    drawn = ET.fromstring(DRAWINGS["svg"](_hostile(text)))
    kinds = {element.tag.removeprefix(SVG) for element in drawn.iter()}
    assert kinds == {"svg", "title", "defs", "marker", "path", "rect", "g", "text"}
    attributes = {name for element in drawn.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_mermaid_takes_every_name_as_text(text: str) -> None:
    line = re.compile(
        r'flowchart TD|  a\d+\(?\["(?:\w|[ \-/,.:]|#\d+;)*<br/>(?:\w|[ \-/,.:]|#\d+;)*"\]\)?|  a0 --> a1'
    )
    assert all(line.fullmatch(written) for written in DRAWINGS["mermaid"](_hostile(text)).splitlines())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_dot_takes_every_name_as_text(text: str) -> None:
    lines = DRAWINGS["dot"](_hostile(text)).splitlines()
    quoted = r'"(?:[^"\\]|\\.)*"'
    assert re.fullmatch(rf"  label={quoted};", lines[1])
    assert all(re.fullmatch(rf"  a\d \[label={quoted}(?:, penwidth=2)?\];", line) for line in lines[3:5])
    assert lines[5:] == ["  a0 -> a1;", "}"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_drawing_drives_the_terminal(form: str, text: str) -> None:
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", DRAWINGS[form](_hostile(text))
    )


def test_json_keeps_every_name_exactly() -> None:
    for text in HOSTILE.values():
        drawn = json.loads(DRAWINGS["json"](_hostile(text)))
        assert drawn["agents"][0]["name"].encode("utf-16", "surrogatepass") == text.encode(
            "utf-16", "surrogatepass"
        )


FLOWS = replace(
    _team(_node("a"), _node("b"), _node("c", "b")),
    entry="main",
    workflows={
        "main": InOrder((Step("a"), SideBySide((Step("b"), Step("part"))))),
        "part": Again(Step("c"), parse("output == 'ok'"), 2),
    },
)


def test_workflows_are_drawn_with_an_edge_for_each_step() -> None:
    told = json.loads(DRAWINGS["json"](FLOWS))
    jsonschema.validate(told, schema("graph"))
    edges = [(edge["from"], edge["to"]) for edge in told["edges"] if edge["kind"] == "step"]
    assert edges == [("main", "a"), ("main", "b"), ("main", "part"), ("part", "c")]
    assert told["workflows"] == [
        {"key": "main", "sequence": ["a", {"parallel": ["b", "part"]}]},
        {"key": "part", "loop": {"agent": "c", "until": "output == 'ok'", "max": 2}},
    ]
    assert all(agent["reachable"] for agent in told["agents"])
    assert DRAWINGS["text"](FLOWS).endswith(
        "main  workflow\n"
        "  in order:\n"
        "    => a\n"
        "    side by side:\n"
        "      => b\n"
        "      => part\n"
        "\n"
        "part  workflow\n"
        "  again until output == 'ok', 2 times at most:\n"
        "    => c\n"
    )
    mermaid, dot, svg = (DRAWINGS[name](FLOWS) for name in ("mermaid", "dot", "svg"))
    assert mermaid.count("==>") == dot.count('label="step"') == 4
    assert sorted(
        title.text or "" for title in ET.fromstring(svg).iter(f"{SVG}title") if "step" in str(title.text)
    ) == [
        "main: step a",
        "main: step b",
        "main: step part",
        "part: step c",
    ]
    assert "entry: main: workflow" in svg


@pytest.mark.parametrize("name", ["mermaid", "dot", "svg", "text", "json"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_key_of_a_workflow_is_ever_markup(name: str, payload: str) -> None:
    """As for agents: what is drawn for the payload is what is drawn for plain letters, but for the name itself."""
    made = replace(_team(_node("a")), workflows={payload: InOrder((Step("a"),))})
    drawn = DRAWINGS[name](made)
    if name == "svg":
        assert len(list(ET.fromstring(drawn).iter(f"{SVG}rect"))) == 3
    elif name == "json":
        assert json.loads(drawn)["workflows"][0]["key"] == payload
    else:
        plain = DRAWINGS[name](replace(made, workflows={"x": InOrder((Step("a"),))}))
        assert drawn.count("\n") == plain.count("\n")
