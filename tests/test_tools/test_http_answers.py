"""What hosts answer `http` tools, and what they had better not: sizes, characters, and answers without an end."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.graph.tools.requests import HttpRequest
from agents_sahara.tools.connections import Connections
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.http import HttpCallee
from agents_sahara.tools.marking import ToolError
from agents_sahara.trust.consent import Consent
from tests.test_tools.hosts import host
from tests.test_tools.teams import HEAD, play, write


def said(
    body: bytes,
    kind: str = "text/plain",
    status: str = "200 OK",
    *headers: str,
    method: str = "GET",
    length: int | None = None,
) -> bytes:
    told = f"content-length: {len(body) if length is None else length}"
    lines = [f"HTTP/1.1 {status}", told, *([f"content-type: {kind}"] if kind else []), *headers]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if method == "HEAD" else body)


def called(
    answer: bytes | None, *, method: str = "GET", most_bytes: int = 1000, hangs_up: bool = False
) -> str:
    """What the model is told, or what went wrong behind `failed: `."""

    async def go(url: str) -> str:
        connections = Connections(frozenset({"127.0.0.1"}))
        schema = {"type": "object", "properties": {}}
        callee = HttpCallee(HttpRequest(method, url, schema, {}), connections, most_bytes)  # type: ignore[arg-type]  # it is JSON
        try:
            return str(await callee.call({}, ToolContext("a", "t", "c", "r")))
        except ToolError as error:
            return f"failed: {error}"
        finally:
            await connections.aclose()

    with host(lambda _, __: answer, hangs_up=hangs_up) as made:
        return asyncio.run(asyncio.wait_for(go(made.url), 5))


BODIES = (
    (said("Grüße".encode(), "text/plain; charset=utf-8"), "Grüße"),
    (said("Grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1"), "Grüße"),
    (said("Grüße".encode("utf-16"), "text/plain; charset=utf-16"), "Grüße"),
    (said("日本".encode("shift_jis"), "text/html; charset=Shift_JIS"), "日本"),
    (said("\ufeff{}".encode(), "application/json"), "{}"),
    (said(b"Gr\xfc\xdfe", "text/plain"), "Gr\ufffd\ufffde"),
    (said(b"aGk=", "text/plain; charset=base64"), "aGk="),
    (said(b"hello", "text/plain; charset=no-such"), "hello"),
    (said(b"{}", "application/vnd.shop+json"), "{}"),
    (said(b"plain after all", "application/octet-stream"), "plain after all"),
    (said(b"nobody says what this is", ""), "nobody says what this is"),
    (said(b"", "text/plain", "204 No Content"), "HTTP 204, without content."),
    (said(b"", "text/plain"), "HTTP 200, without content."),
    (said(b"%PDF-1.7 \xe2\xe3\xcf\xd3", "application/pdf"), "failed: the answer is no text: it is application/pdf."),
    (said(b"\x89PNG\r\n\x1a\n\0\0", "image/png"), "failed: the answer is no text: it is image/png."),
    (said(b"a\0b", "text/plain"), "failed: the answer is no text: it is text/plain."),
    (said(b"a\0b", "<script>/<x>"), "failed: the answer is no text."),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_body_is_read_in_its_characters_and_refused_where_it_has_none(number: int) -> None:
    answer, told = BODIES[number]
    assert called(answer) == told


def test_the_answer_to_head_is_its_status() -> None:
    assert called(said(b"12345", method="HEAD"), method="HEAD") == "HTTP 200, without content."


def test_a_character_that_the_size_cuts_in_two_is_left_out() -> None:
    assert called(said("ä".encode() * 9), most_bytes=5) == "ää"
    assert called(said("ä".encode() * 9, "application/octet-stream"), most_bytes=5) == "ää"


ENDLESS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 0x400 + b"\r\n"


HOSTILE = (
    (ENDLESS, "x" * 1000),
    (said(b"x" * 2000, length=10**12), "x" * 1000),
    (said(gzip.compress(b"x" * 10_000_000), "text/plain", "200 OK", "content-encoding: gzip"),
     "failed: the answer is packed, which was not asked for."),
    (said(b"x", "text/plain", "200 OK", "transfer-encoding: gzip, chunked"),
     "failed: the connection broke before the answer was whole."),
    (b"HTTP/1.1 200 OK\r\n" + b"x-y: " + b"z" * 300_000 + b"\r\n\r\n",
     "failed: the connection broke before the answer was whole."),
    (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 60_000 + b"\r\n",
     "failed: the connection broke before the answer was whole."),
    (b"no HTTP at all\r\n\r\n", "failed: the connection broke before the answer was whole."),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + said(b"at last"), "at last"),
    (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhello",
     "failed: the connection broke before the answer was whole."),
    (said(b"", "text/plain", "301 Moved", "location: http://169.254.169.254/latest"),
     "failed: HTTP 301: redirects are not followed."),
    (said(b"no such\r\n thing", "text/plain", "404 Not Found"), "failed: HTTP 404. no such thing"),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_answer_costs_little_and_is_told_as_what_it_is(number: int) -> None:
    answer, told = HOSTILE[number]
    assert called(answer) == told


@pytest.mark.parametrize(("method", "more"), [("GET", ""), ("POST", " Whether it acted is not known.")])
@pytest.mark.parametrize("is_begun", [False, True])
def test_what_acts_and_gets_no_whole_answer_may_have_been_heard(
    method: str, more: str, is_begun: bool
) -> None:
    told = called(said(b"half", length=100) if is_begun else None, method=method, hangs_up=True)
    assert told == f"failed: the connection broke before the answer was whole.{more}"


def test_answers_that_do_not_come_end_with_the_tools_time(tmp_path: Path) -> None:
    slow = {
        "silent": b"",
        "half_a_head": b"HTTP/1.1 200 OK\r\ncontent-",
        "half_a_body": said(b"half", length=100),
        "only_early": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
    }
    paths = list(slow)
    asked: dict[int, str] = {}

    def answer(number: int, _: int) -> bytes:
        came = made.connections[number][0]
        asked[number] = next(name for name in paths if f"/{name} ".encode() in came)
        return slow[asked[number]]

    with host(answer) as made:
        tools = "\n".join(
            f'  {name}: {{http: {{get: "{made.url}/{name}"}}, timeout: 200ms}}' for name in paths
        )
        team = (
            f"{HEAD}agents:\n  desk: {{instructions: Help., tools: [{', '.join(paths)}]}}\ntools:\n{tools}\n"
        )
        rules = (Rule(Use(tuple(Tool(name) for name in paths)), When(turn=1)), Rule(Say("Done.")))
        played = play(write(tmp_path, team), rules, consent=Consent.given(allow_hosts=["127.0.0.1"]))
    assert sorted(played.outcomes) == [
        (name, "timed_out", "no answer within 0.2 seconds") for name in sorted(paths)
    ]
