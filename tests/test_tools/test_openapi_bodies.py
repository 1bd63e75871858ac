"""`openapi` tools: forms with files, files alone, and what is written in them; read back by parsers of others."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import UploadFile
from starlette.requests import Request

from agents_sahara.tools.bodies import body_of
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.writing import written
from tests.test_tools.apis import posting, problems, request

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0").decode()

UPLOAD = {
    "type": "object",
    "required": ["photo"],
    "properties": {
        "title": {"type": "string"},
        "count": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "about": {"type": "object", "properties": {"by": {"type": "string"}}},
        "photo": {"type": "string", "format": "binary", "description": "The photo"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}


async def _read(body: bytes, kind: str) -> list[tuple[str, Any]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    async with Request(scope, receive).form() as form:
        return [
            (
                name,
                (said.filename, said.content_type, await said.read())
                if isinstance(said, UploadFile)
                else said,
            )
            for name, said in form.multi_items()
        ]


@pytest.fixture(scope="module")
def parsed() -> Any:
    """What a server of another project reads in a body."""
    return lambda sent: asyncio.run(_read(sent.content, sent.headers["content-type"]))


def test_a_form_with_files_is_what_a_server_reads(tmp_path: Path, parsed: Any) -> None:
    made = request(
        tmp_path, posting(UPLOAD, "multipart/form-data", encoding={"photo": {"contentType": "image/png"}})
    )
    sent = written(
        made,
        {
            "body": {
                "title": 'Rex\r\nX: "y"',
                "count": 3,
                "tags": ["a", "b"],
                "about": {"by": "Ann"},
                "photo": {"name": 'my "dog"\r\n.png', "content": PNG, "encoding": "base64"},
                "more": [{"content": "Grüße", "name": "a.txt"}, {"content": ""}],
            }
        },
        "k",
    )
    assert parsed(sent) == [
        ("title", 'Rex\r\nX: "y"'),
        ("count", "3"),
        ("tags", "a"),
        ("tags", "b"),
        ("about", '{"by": "Ann"}'),
        ("photo", ("my %22dog%22%0D%0A.png", "image/png", b"\x89PNG\r\n\x1a\n\0")),
        ("more", ("a.txt", "application/octet-stream", "Grüße".encode())),
        ("more", ("more", "application/octet-stream", b"")),
    ]


def test_what_a_model_gives_for_a_file_is_described(tmp_path: Path) -> None:
    made: Any = request(tmp_path, posting(UPLOAD, "multipart/form-data")).schema
    body = made["properties"]["body"]
    photo = body["properties"]["photo"]
    assert (photo["description"], list(photo["properties"])) == ("The photo", ["name", "content", "encoding"])
    assert body["properties"]["more"]["items"]["required"] == ["content"]
    assert body["required"] == ["photo"]


@pytest.mark.parametrize(
    ("part", "encoding", "is_file"),
    [
        ({"type": "string", "contentMediaType": "image/png"}, {}, True),
        ({"type": "string", "contentMediaType": "application/octet-stream"}, {}, True),
        ({"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"}, {}, False),
        ({"type": "string"}, {"contentType": "image/png, image/jpeg"}, True),
        ({}, {"contentType": "application/octet-stream"}, True),
        ({"type": "string"}, {"contentType": "text/csv"}, False),
    ],
)
def test_parts_of_3_1_are_files_by_their_media_type(
    part: dict[str, Any], encoding: dict[str, Any], is_file: bool, tmp_path: Path
) -> None:
    schema = {"type": "object", "properties": {"it": part}}
    document = posting(schema, "multipart/form-data", encoding={"it": encoding})
    assert request(tmp_path, {**document, "openapi": "3.1.0"}).files == ({"it"} if is_file else frozenset())


@pytest.mark.parametrize(
    ("media", "schema", "kind"),
    [
        ("application/octet-stream", {"type": "string", "format": "binary"}, "application/octet-stream"),
        ("application/octet-stream", {}, "application/octet-stream"),
        ("image/png", {"type": "string", "format": "binary"}, "image/png"),
        ("image/*", {"type": "string", "format": "binary"}, "application/octet-stream"),
        ("application/zip", {}, "application/zip"),
    ],
)
def test_a_body_that_is_a_file_is_its_bytes(media: str, schema: Any, kind: str, tmp_path: Path) -> None:
    made = request(tmp_path, posting(schema, media))
    sent = written(made, {"body": {"content": PNG, "encoding": "base64"}}, "k")
    assert (sent.content, sent.headers["content-type"]) == (b"\x89PNG\r\n\x1a\n\0", kind)
    assert written(made, {"body": {"content": "Grüße"}}, "k").content == "Grüße".encode()


def test_a_text_of_a_kind_of_its_own_stays_text(tmp_path: Path) -> None:
    made = request(tmp_path, posting({"type": "string"}, "application/xml"))
    sent = written(made, {"body": "<a>&amp;</a>"}, "k")
    assert (sent.content, sent.headers["content-type"]) == (b"<a>&amp;</a>", "application/xml")


def test_a_json_text_is_json(tmp_path: Path) -> None:
    assert written(request(tmp_path, posting({"type": "string"})), {"body": "a"}, "k").content == b'"a"'


def test_what_is_no_base64_is_told_and_not_sent(tmp_path: Path) -> None:
    made = request(tmp_path, posting({}, "application/octet-stream"))
    for content in ("not base64!", "YQ=", "ä"):
        with pytest.raises(ToolError, match="no base64"):
            written(made, {"body": {"content": content, "encoding": "base64"}}, "k")
    assert written(made, {"body": {"content": "YQ==\n", "encoding": "base64"}}, "k").content == b"a"


def test_a_boundary_stands_in_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Given:
        hexes = iter(["b0", "b1"])

        @property
        def hex(self) -> str:
            return next(self.hexes)

    monkeypatch.setattr("agents_sahara.tools.bodies.uuid4", Given)
    made = request(tmp_path, posting({"type": "object", "properties": {"a": {}}}, "multipart/form-data"))
    body, kind = body_of(made, {"body": {"a": "--b0--"}})
    assert kind == "multipart/form-data; boundary=b1"
    assert body == b'--b1\r\nContent-Disposition: form-data; name="a"\r\n\r\n--b0--\r\n--b1--\r\n'


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ({"style": "deepObject"}, "takes the part 'a' in the style 'deepObject', which is not written here"),
        ({"style": "form", "explode": False}, "takes the part 'a' as one text, which is not written here"),
        (
            {"headers": {"X-Id": {"required": True}}},
            "wants the header 'X-Id' of the part 'a', which is not sent",
        ),
    ],
)
def test_a_part_that_wants_more_is_refused(encoding: dict[str, Any], told: str, tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    document = posting(schema, "multipart/form-data", encoding={"a": encoding})
    [problem] = problems(tmp_path, {**document, "openapi": "3.1.0"})
    assert problem.endswith(told)
    of_3_0 = problems(tmp_path, document)  # where styles of parts mean nothing
    assert of_3_0 == ([problem] if "headers" in encoding else [])
