"""Read a script for the gateway from YAML; docs/LOCAL_GATEWAY.md shows every key.

```yaml
version: 1
rules:
  - {when: {message: "(?i)refund", turn: 1}, call: lookup_order, args: {id: 77}}
  - {when: {provider: together}, error: 503, times: 2}
  - {say: Done., delay: 200ms}
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from agents_sahara.emulator.fields import Fields, read_file
from agents_sahara.emulator.script import CHAT, PATHS, Rule, Say, Use, When
from agents_sahara.emulator.script_actions import ACTIONS, read_action
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.source.nodes import Mapping, Node, Scalar

RULE = "gateway-script"

_PACE = ("delay", "chunk_delay", "cut")
_KEYS = ("when", *ACTIONS, "args", "answered_model", *_PACE, "times")
_WHEN = ("path", "message", "system", "provider", "model", "turn", "stream")
_MOST = 1_000_000_000


def read_script(path: Path) -> tuple[Rule, ...]:
    """The rules in a file.

    Raises:
        SpecError: with every finding.
    """
    return read_file(path, RULE, _script)


def _script(root: Node, fields: Fields) -> tuple[Rule, ...] | None:
    top = fields.mapping(root, ("version", "rules"), "a script")
    if top is None:
        return None
    version, rules = top.get("version"), top.get("rules")
    if version is not None:
        fields.whole(version, "'version'", 1, 1)
    if rules is None:
        fields.complain(top, "a script needs the key 'rules'")
        return None
    read = (_rule(node, fields) for node in fields.items(rules, "'rules'"))
    return tuple(rule for rule in read if rule is not None)


def _rule(node: Node, fields: Fields) -> Rule | None:
    rule = fields.mapping(node, _KEYS, "a rule")
    if rule is None:
        return None
    when, times = rule.get("when"), rule.get("times")
    conditions = When() if when is None else _when(when, fields)
    action = read_action(rule, fields)
    if not any(key in rule.entries for key in (*ACTIONS, *_PACE)):
        fields.complain(rule, "a rule must do something", f"add one of {', '.join((*ACTIONS, *_PACE))}")
    if conditions.path != CHAT and isinstance(action, Say | Use):
        fields.complain(rule, f"{conditions.path!r} gives no completion: it takes error or malformed only")
        action = None
    return Rule(
        do=action,
        when=conditions,
        pace=_pace(rule, fields),
        times=None if times is None else fields.whole(times, "'times'", 1, _MOST),
    )


def _when(node: Node, fields: Fields) -> When:
    when = fields.mapping(node, _WHEN, "'when'")
    found = {key: when.get(key) for key in _WHEN} if when else {}
    given = {key: value for key, value in found.items() if value is not None}
    path = fields.word(given["path"], PATHS, "'path'") if "path" in given else None
    return When(
        path=path or CHAT,
        message=fields.pattern(given["message"], "'message'") if "message" in given else None,
        system=fields.pattern(given["system"], "'system'") if "system" in given else None,
        provider=fields.text(given["provider"], "'provider'") if "provider" in given else None,
        model=fields.text(given["model"], "'model'") if "model" in given else None,
        turn=fields.whole(given["turn"], "'turn'", 1, _MOST) if "turn" in given else None,
        stream=fields.flag(given["stream"], "'stream'") if "stream" in given else None,
    )


def _pace(rule: Mapping, fields: Fields) -> Pace:
    delay, chunk_delay, cut = (rule.get(key) for key in _PACE)
    return Pace(
        delay_s=0.0 if delay is None else fields.seconds(delay, "'delay'"),
        chunk_delay_s=0.0 if chunk_delay is None else fields.seconds(chunk_delay, "'chunk_delay'"),
        cut=None if cut is None else _cut(cut, fields),
    )


def _cut(node: Node, fields: Fields) -> Cut | None:
    """`connection`, or a mapping with `chunks` or `bytes`, and with `how` and `hold`."""
    if isinstance(node, Scalar):
        fields.word(node, ("connection",), "'cut'")
        return Cut()
    cut = fields.mapping(node, ("chunks", "bytes", "how", "hold"), "'cut'")
    if cut is None:
        return None
    chunks, size, how, hold = (cut.get(key) for key in ("chunks", "bytes", "how", "hold"))
    if chunks is not None and size is not None:
        fields.complain(cut, "'cut' counts either chunks or bytes")
    return Cut(
        after_chunks=None if chunks is None else fields.whole(chunks, "'chunks'", 0, _MOST),
        after_bytes=None if size is None else fields.whole(size, "'bytes'", 0, _MOST),
        how=_how(how, fields),
        hold_s=0.0 if hold is None else fields.seconds(hold, "'hold'"),
    )


def _how(node: Node | None, fields: Fields) -> Literal["close", "reset", "end"]:
    word = None if node is None else fields.word(node, ("close", "reset", "end"), "'how'")
    return "reset" if word == "reset" else "end" if word == "end" else "close"
