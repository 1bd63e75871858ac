"""Server-sent events where they are written oddly; every way of cutting them is in `tests/faults`."""

from __future__ import annotations

import pytest

from agents_sahara.clients.decoder import EventDecoder

WHOLE = b'data: {"a": 1}\n\ndata: [DONE]\n\n'


def read(body: bytes, every: int = 1) -> list[str]:
    parts = (body[at : at + every] for at in range(0, len(body), every))
    return [event.data for event in EventDecoder().iter_bytes(parts)]


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        WHOLE.replace(b"\n", b"\r\n"),
        WHOLE.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + WHOLE,
        b"id: 7\n\n" + WHOLE,
        b"event: thread.run.created\n" + WHOLE,
        b"event: ping\n\n: comment\n\nretry: 5\n\n" + WHOLE,
        WHOLE[:-2],
        b'data: {"a":\ndata: 1}\n\ndata:  [DONE] \n\n',
    ],
)
def test_the_same_events_come_out_however_they_are_written(body: bytes) -> None:
    for every in (1, 3, 1000):
        one, *rest = read(body, every)
        assert one.replace("\n", " ") == '{"a": 1}'
        assert rest in (["[DONE]"], [])


def test_an_event_named_as_those_of_another_api_is_read_like_any_other() -> None:
    [event] = EventDecoder().iter_bytes(iter([b'event: thread.message.delta\ndata: {"a": 1}\n\n']))
    assert (event.event, event.data) == (None, '{"a": 1}')


def test_the_last_event_counts_without_a_blank_line_only_where_it_is_whole() -> None:
    assert read(b'data: {"a": 1}\n\ndata: {"b": 2}') == ['{"a": 1}', '{"b": 2}']
    assert read(b'data: {"a": 1}\n\ndata: {"b": 2') == ['{"a": 1}']


def test_a_body_that_is_one_object_is_one_event() -> None:
    assert read(b'\n{\n "a": 1\n}\n') == ['\n{\n "a": 1\n}\n'.strip("\n") + "\n"]
    assert read(b'{"a": 1}\n{"b": 2}\n') == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"message": "boom"}', '{"error": {"message": "boom"}}'),
        (b'{"error": "boom"}', '{"error": "boom"}'),
        (b"boom", '{"error": "boom"}'),
    ],
)
def test_an_event_called_error_is_an_error_whatever_its_data(data: bytes, told: str) -> None:
    assert read(b"event: error\ndata: " + data + b"\n\n") == [told]


def test_data_outside_of_any_event_are_not_passed_over() -> None:
    with pytest.raises(ValueError, match="outside"):
        read(b': hi\n\n{"a": 1}\n\n')
