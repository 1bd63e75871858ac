"""Every rule of the team file by its stable id: severity and meaning.

An id is a promise: it is never given another meaning. docs/reference/DIAGNOSTICS.md has an entry for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rule:
    """What one id stands for."""

    id: str
    severity: Literal["error", "warning"]
    summary: str
    """One sentence, for SARIF and the docs."""


def _errors(rows: Mapping[str, str]) -> Mapping[str, Rule]:
    return {id_: Rule(id_, "error", summary) for id_, summary in rows.items()}


def _warnings(rows: Mapping[str, str]) -> Mapping[str, Rule]:
    return {id_: Rule(id_, "warning", summary) for id_, summary in rows.items()}


TEXT_RULES = _errors(
    {
        "unreadable-file": "The file is missing, is not a regular file, or may not be read.",
        "too-large": "The file is larger, or holds more values, than a team can need.",
        "not-utf8": "The file is not UTF-8 text.",
        "bad-character": "A character that does not belong in a text file, raw or as an escape.",
        "yaml-syntax": "The text is not YAML.",
        "empty-file": "The file holds no value.",
        "multi-document": "The file holds more than one YAML document.",
        "too-deep": "Lists and mappings are nested deeper than 64 levels.",
        "duplicate-key": "A mapping has the same key more than once.",
        "non-string-key": "A key is a number, a boolean, null, a list or a mapping.",
        "merge-key": "The merge key `<<` is not supported.",
        "yaml-tag": "A YAML tag other than those of plain JSON values, or one that its value does not fit.",
        "bad-number": "A number that is not finite or does not fit 64 bits.",
        "unknown-alias": "An alias names an anchor that was not defined before it.",
        "recursive-alias": "An alias stands inside the value that it names.",
        "alias-bomb": "Aliases repeat more than a team can need.",
        "too-many-findings": "The text has so many findings that the rest are not listed.",
    }
)
"""Rules about the YAML text, before any key has a meaning."""

_GATEWAY = _errors(
    {
        "gateway-catalog": "A catalog file of the local gateway says something that is not possible.",
        "gateway-script": "A script of the local gateway says something that is not possible.",
    }
)
"""Rules about the files of the local gateway: no team file breaks them."""

_FORMAT = _errors(
    {
        "unknown-key": "A key that the format does not have.",
        "not-supported-yet": "A key or word of the format that this version does not have.",
        "refused-setting": "A key that looks like a setting of model calls and is refused for a reason.",
        "missing-key": "A key that must be there is missing.",
        "keys-exclude-each-other": "Two keys stand side by side that cannot both hold.",
        "null-value": "A key without a value.",
        "wrong-type": "A value of another type than its key takes.",
        "unknown-value": "A word that is none of the values of its key.",
        "unsupported-version": "A version of the format that this package does not know.",
        "out-of-range": "A number outside the range of its key.",
        "bad-duration": "What should be a duration is none, or is too short or too long.",
        "bad-date": "What should be a date is none.",
        "empty-text": "A text without a visible character.",
        "too-long": "A text with more characters than its key takes.",
        "empty-list": "A list that must have items has none.",
        "empty-map": "A map that must have entries has none.",
        "too-many": "More items or entries than the key takes.",
        "bad-key": "A chosen key that breaks the rules for names.",
        "bad-provider": "A text that cannot be a provider's name.",
        "bad-model-id": "A text that cannot be a model id.",
        "bad-tool-name": "A text that cannot be the name of a tool.",
        "bad-pin": "What should be a fingerprint of tools is none.",
        "bad-trace-file": "`file` of `tracing` is neither a folder nor a file of JSON lines.",
        "bad-reference": "What should name a function of a module does not.",
        "bad-key-variable": "What should be the name of a variable is none, or looks like a key itself.",
    }
)
"""Rules about single values; a JSON Schema can say most of them."""

TEAM_RULES = _errors(
    {
        "missing-entry": "Several agents, and no `entry` that says which one gets the message.",
        "unknown-entry": "`entry` names an agent that is not defined.",
        "missing-model": "An agent without a model, and none in `defaults`.",
        "missing-provider": "A model id without a provider.",
        "provider-beside-alias": "`provider` stands beside an alias, which brings its own.",
        "provider-twice": "`provider` stands both inside `model` and beside it.",
        "duplicate-member": "A pool has the same provider and model twice.",
        "too-many-members": "More models stand behind one agent than a call can try.",
        "near-alias": "A bare model id that is one edit away from an alias.",
        "unknown-model-alias": "`use` or `fallback` names an alias that `models` does not have.",
        "unknown-tool-choice": "`tool_choice` names a tool that the agent does not have.",
        "unknown-guardrail": "A guardrail is named that is not defined.",
        "duplicate-guardrail": "A guardrail stands twice in one list.",
        "bad-pattern": "A pattern that is no regular expression, or not one that guardrails take.",
        "bad-expression": "A condition that cannot be read.",
        "lone-except": "`except` under a tool that is only one.",
        "unknown-name": "A condition reads a name that has no value there.",
        "unknown-judge": "A guardrail asks an agent that is not defined, or a workflow.",
        "judged-judge": "An agent that judges for a guardrail is judged by an agent itself.",
        "waiting-judge": "An agent that judges for a guardrail can call a tool that needs an approval.",
        "unknown-step": "A step of a workflow that is neither an agent nor a workflow.",
        "workflow-cycle": "A workflow that is a step of itself, directly or by way of others.",
        "workflow-size": "A workflow has more steps, with those of its workflows, than any run may take.",
        "same-key": "A workflow has the key of an agent.",
        "unknown-handoff": "A handoff to an agent that is not defined, or to a workflow.",
        "self-handoff": "A handoff of an agent to itself.",
        "duplicate-handoff": "Two handoffs of one agent to the same target.",
        "no-tool-name": "No tool name can be made from a key.",
        "same-tool-name": "Two handoffs or tools of one agent have the same tool name.",
        "unknown-tool": "A tool that `tools` does not have, or that the agent does not.",
        "bad-http-tool": "An http tool that cannot be called as it stands.",
        "bad-openapi": "An OpenAPI file, or an operation in it, that cannot become a tool.",
        "unknown-operation": "An operation that the OpenAPI file does not have.",
        "duplicate-tool": "An agent has the same tool twice.",
        "unknown-agent": "A tool asks an agent that is not defined, or a workflow.",
        "self-tool": "An agent has itself as a tool.",
        "unknown-profile": "A profile was asked for that the file does not have.",
        "unknown-var": "A variable is inserted or set that `vars` does not have.",
        "bad-template": "`{{` that inserts nothing.",
        "bad-variable": "`${` that begins none of the four forms.",
        "unset-variable": "A variable of the environment is not set and has no default.",
        "secret-variable": "A variable that may hold a secret is read into the team.",
        "sahara-key": "`api_key_env`, or `env` of a server of tools, names the variable of the Sahara key.",
        "bad-command": "A command that names no program.",
        "bad-header": "A text that no header can have as its value.",
        "bad-schema": "A JSON Schema that cannot be used, or a part of one that would mean nothing.",
        "bad-base-url": "An address that cannot be used, or that could lead a key astray.",
        "bad-session-store": "`store` of `session` names no store that can be used, or holds a password.",
        "host-not-allowed": "The file sends something to a host that the operator has not allowed.",
        "python-not-allowed": "The file runs Python of a module that the operator has not allowed.",
        "command-not-allowed": "The file starts a program, and the operator has not allowed any.",
        "not-for-untrusted": "A file that is run as untrusted reads the environment.",
        "bad-module": "A module cannot be imported, or it is not clear which one is meant.",
        "bad-function": "A module does not have the function, or not one that may be a tool.",
        "no-folder": "A team given as text names a file.",
        "bad-path": "A path that leads out of the folder, or is no plain relative path.",
        "too-many-files": "A team reads more files than it can need.",
        "include-cycle": "A file includes itself, directly or by way of others.",
        "include-depth": "Includes are nested too deep.",
    }
)
"""Rules about what the parts of a team mean together."""

_CATALOG = _errors(
    {
        "unknown-provider": "A provider that the gateway's catalog does not list.",
        "unknown-model": "A model that the gateway's catalog does not list.",
        "unserved-model": "A model that its provider does not serve, while others do.",
    }
)
"""Rules that only `validate --online` can judge, for it asks the catalog."""

_DOUBTS = _warnings(
    {
        "missing-version": "The file does not say its version of the format.",
        "unlisted-provider": "A provider that the documentation does not list.",
        "unlisted-model": "A model id that the documentation does not list.",
        "dollar-in-text": "`${NAME}` in a text for models, where it means nothing.",
        "missing-credential": "An API wants a credential that the file does not give.",
        "unreachable-agent": "No handoff or tool leads from the entry to this agent.",
        "undescribed-target": "A handoff to an agent about which the model is told nothing.",
        "same-description": "Two handoffs of one agent that the model cannot tell apart.",
        "long-description": "A description that is longer than the chat completions API takes.",
        "unpriced-budget": "`cost_usd` in `budget`, and a model in use without a price in the file.",
        "idle-alias": "An alias that no agent uses.",
        "idle-budget": "A limit of `budget` that no run can come to.",
        "idle-fallback": "A part of `fallback` that no call can come to.",
        "idle-limit": "A time limit of one attempt that is longer than the deadline of the whole call.",
        "idle-sticky": "`sticky` where there is nothing to stay with.",
        "idle-structured-output": "`structured_output` where no agent's answer has a schema.",
        "idle-provider": "An entry of `providers` that changes nothing.",
        "idle-key-variable": "`api_key_env` without a `base_url` that would get the key.",
        "idle-var": "A variable that no text inserts.",
        "idle-guardrail": "A guardrail that stands nowhere.",
        "idle-tool": "A tool that no agent has.",
        "idle-setting": "A setting that does nothing for this agent.",
        "idle-default": "A key of `defaults` that no agent uses.",
        "idle-profile": "A profile that changes nothing.",
    }
)
"""Doubts: the team runs, but perhaps not as it was meant."""

RULES: Mapping[str, Rule] = {**TEXT_RULES, **_GATEWAY, **_FORMAT, **TEAM_RULES, **_CATALOG, **_DOUBTS}
