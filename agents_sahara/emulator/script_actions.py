"""Read what a rule of a YAML script does: say, call, error, malformed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingOf

from agents_sahara.emulator.faults import MALFORMED
from agents_sahara.emulator.fields import Fields
from agents_sahara.emulator.script import Action, Fail, Raw, Say, Tool, Use
from agents_sahara.source.compose import to_json
from agents_sahara.source.nodes import Mapping, Node, Scalar, Sequence
from agents_sahara.types import JsonObject

_BESIDE = {"answered_model": "say", "args": "call"}
"""Keys that only mean something beside an action."""


def read_action(rule: Mapping, fields: Fields) -> Action | None:
    """The action of a rule; None where it has none, or none that is whole."""
    chosen = [key for key in ACTIONS if key in rule.entries]
    for key in chosen[1:]:
        fields.complain(rule.entries[key].key, f"a rule does one thing: it has {chosen[0]!r} already")
    for key, owner in _BESIDE.items():
        if key in rule.entries and owner not in chosen:
            fields.complain(rule.entries[key].key, f"{key!r} means nothing without {owner!r}")
    return ACTIONS[chosen[0]](rule, rule.entries[chosen[0]].value, fields) if chosen else None


def _say(rule: Mapping, node: Node, fields: Fields) -> Say:
    answered = rule.get("answered_model")
    model = None if answered is None else fields.text(answered, "'answered_model'")
    return Say(fields.text(node, "'say'") or "", model)


def _call(rule: Mapping, node: Node, fields: Fields) -> Use:
    if not isinstance(node, Sequence):
        name = fields.text(node, "'call'") or ""
        return Use((Tool(name, _arguments(rule.get("args"), fields)),))
    if "args" in rule.entries:
        fields.complain(rule.entries["args"].key, "with a list of calls, 'args' stands in each of them")
    return Use(tuple(_tool(item, fields) for item in node.items))


def _tool(node: Node, fields: Fields) -> Tool:
    call = fields.mapping(node, ("name", "args", "id"), "a call")
    name = call.get("name") if call else None
    if name is None or call is None:
        fields.complain(node, "a call needs the key 'name'")
        return Tool("")
    call_id = call.get("id")
    return Tool(
        fields.text(name, "'name'") or "",
        _arguments(call.get("args"), fields),
        call_id.text if isinstance(call_id, Scalar) else None,
    )


def _arguments(node: Node | None, fields: Fields) -> JsonObject | str:
    """A mapping, or text that goes out as it stands."""
    if node is None:
        return {}
    value = to_json(node)
    if isinstance(value, str | dict):
        return value
    fields.complain(node, "'args' must be a mapping, or a text that goes out as it stands")
    return {}


def _error(_: Mapping, node: Node, fields: Fields) -> Fail | None:
    if isinstance(node, Scalar):
        status = fields.whole(node, "'error'", 300, 599)
        return None if status is None else Fail(status)
    error = fields.mapping(node, ("status", "body", "headers", "content_type"), "'error'")
    status_node = error.get("status") if error else None
    if error is None or status_node is None:
        fields.complain(node, "'error' needs the key 'status'")
        return None
    body, headers, kind = error.get("body"), error.get("headers"), error.get("content_type")
    value = None if body is None else to_json(body)
    return Fail(
        status=fields.whole(status_node, "'status'", 300, 599) or 500,
        body=value.encode() if isinstance(value, str) else value,
        headers={} if headers is None else fields.texts(headers, "'headers'"),
        content_type=None if kind is None else fields.text(kind, "'content_type'"),
    )


def _malformed(_: Mapping, node: Node, fields: Fields) -> Raw | None:
    if isinstance(node, Scalar):
        name = fields.word(node, MALFORMED, "'malformed'")
        return None if name is None else MALFORMED[name]
    raw = fields.mapping(node, ("body", "status", "headers", "content_type"), "'malformed'")
    body = raw.get("body") if raw else None
    if raw is None or not isinstance(body, Scalar):
        fields.complain(node, "'malformed' needs the key 'body' with a text")
        return None
    status, headers, kind = raw.get("status"), raw.get("headers"), raw.get("content_type")
    return Raw(
        body=body.text,
        content_type="application/json" if kind is None else fields.text(kind, "'content_type'"),
        status=200 if status is None else fields.whole(status, "'status'", 200, 599) or 200,
        headers={} if headers is None else fields.texts(headers, "'headers'"),
    )


ACTIONS: MappingOf[str, Callable[[Mapping, Node, Fields], Action | None]] = {
    "say": _say,
    "call": _call,
    "error": _error,
    "malformed": _malformed,
}
"""Every action by its key."""
