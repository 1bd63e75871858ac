"""Broken answers by name, as gateways and proxies give them: with status 200, and yet no answer.

One table; `malformed: NAME` in a script chooses from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.emulator.script import Raw

_HTML = "<!doctype html><html><head><title>Bad gateway</title></head><body>nginx</body></html>"
_STREAM = "text/event-stream"
_HEAD = '{"id":"chatcmpl-x","object":"chat.completion","created":1,"model":"m"'
_CHUNK = '{"id":"chatcmpl-x","object":"chat.completion.chunk","created":1,"model":"m","choices":'
_TEXT_CHUNK = f'data: {_CHUNK}[{{"index":0,"delta":{{"content":"Half an "}},"finish_reason":null}}]}}\n\n'

MALFORMED: Mapping[str, Raw] = {
    "html": Raw(_HTML, "text/html"),
    "html_as_json": Raw(_HTML),
    "empty": Raw(""),
    "no_content_type": Raw("", None),
    "truncated_json": Raw(f'{_HEAD},"choices":[{{"index":0,"mess'),
    "json_string": Raw('"Hello"'),
    "json_array": Raw("[]"),
    "json_as_text": Raw(f'{_HEAD},"choices":[]}}', "text/plain"),
    "no_choices": Raw(f"{_HEAD}}}"),
    "empty_choices": Raw(f'{_HEAD},"choices":[]}}'),
    "null_choices": Raw(f'{_HEAD},"choices":null}}'),
    "null_message": Raw(f'{_HEAD},"choices":[{{"index":0,"finish_reason":"stop","message":null}}]}}'),
    "null_content": Raw(
        f'{_HEAD},"choices":[{{"index":0,"finish_reason":"stop",'
        '"message":{"role":"assistant","content":null}}]}'
    ),
    "error_object": Raw('{"error":{"message":"upstream failed","type":"server_error","code":500}}'),
    "bad_gzip": Raw("this is not gzip", headers={"Content-Encoding": "gzip"}),
    "bad_utf8": Raw(b'{"id":"\xff\xfe"}'),
    "stream_empty": Raw("", _STREAM),
    "stream_comments": Raw(": ping\n\n" * 3, _STREAM),
    "stream_not_json": Raw("data: oops\n\n", _STREAM),
    "stream_bad_utf8": Raw(b'data: {"id": "\xff"}\n\n', _STREAM),
    "stream_error": Raw(f'{_TEXT_CHUNK}data: {{"error":{{"message":"upstream failed"}}}}\n\n', _STREAM),
    "stream_error_event": Raw(
        f'{_TEXT_CHUNK}event: error\ndata: {{"message":"upstream failed"}}\n\n', _STREAM
    ),
    "stream_no_finish": Raw(f"{_TEXT_CHUNK}data: [DONE]\n\n", _STREAM),
    "stream_half_event": Raw(f'{_TEXT_CHUNK}data: {_CHUNK}[{{"index":0,"del', _STREAM),
    "stream_half_call": Raw(
        f'data: {_CHUNK}[{{"index":0,"delta":{{"role":"assistant","tool_calls":[{{"index":0,"id":"call_x",'
        '"type":"function","function":{"name":"pay","arguments":"{}"}}]},"finish_reason":null}]}\n\n',
        _STREAM,
    ),
}
"""Each is sent as it stands, whether the request asked for a stream or not."""
