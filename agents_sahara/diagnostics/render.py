"""Findings in the formats of `validate --format`: text, json, github, sarif.

Whatever a file or a name holds, the output can neither drive a terminal nor break its format.
GitHub: "Workflow commands for GitHub Actions" and toolkit `command.ts` for the escapes (checked 2026-11-22).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from agents_sahara.diagnostics.excerpt import excerpt, split_lines, visible
from agents_sahara.diagnostics.finding import Finding
from agents_sahara.diagnostics.sarif import sarif_log
from agents_sahara.types import JsonObject

Format: TypeAlias = Literal["text", "json", "github", "sarif"]

_BOLD: Final = "1"
_GUTTER: Final = "34"
_SEVERITY: Final = {"error": "1;31", "warning": "1;33"}


def render(
    findings: Sequence[Finding],
    *,
    format: Format,  # noqa: A002 -- the word of the command line
    texts: Mapping[str, str],
    files: int,
    color: bool = False,
) -> str:
    """All findings, ready to write: whole lines, or nothing.

    `texts` are the files' contents by name, for excerpts; a file that is not there gets none. `files` is how many
    were read. `color` changes the text format only.
    """
    if format == "json":
        return _dump({"version": 1, "files": files, "findings": [finding.to_json() for finding in findings]})
    if format == "sarif":
        return _dump(sarif_log(findings))
    if format == "github":
        return "".join(f"{_annotation(finding)}\n" for finding in findings)
    return _text(findings, texts, files, _paint if color else _plain)


_Painter: TypeAlias = Callable[[str, str], str]


def _paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(text: str, _style: str) -> str:
    return text


def _text(findings: Sequence[Finding], texts: Mapping[str, str], files: int, paint: _Painter) -> str:
    lines = {
        file: split_lines(texts[file]) for file in {found.place.file for found in findings} & texts.keys()
    }
    blocks = [_block(finding, lines.get(finding.place.file, []), paint) for finding in findings]
    return "\n".join([*blocks, _summary(findings, files)])


def _block(finding: Finding, lines: list[str], paint: _Painter) -> str:
    style = _SEVERITY[finding.severity]
    where = paint(f"{visible(finding.where)}:", _BOLD)
    kind = paint(f"{finding.severity}[{finding.id}]", style)
    rows = [f"{where} {kind}: {visible(finding.message)}"]
    if shown := excerpt(lines, finding.place):
        number = str(finding.place.line)
        blank = " " * len(number)
        rows.append(f"  {paint(f'{number} |', _GUTTER)} {shown.line}")
        carets = shown.carets.lstrip()
        indent = " " * (len(shown.carets) - len(carets))
        rows.append(f"  {paint(f'{blank} |', _GUTTER)} {indent}{paint(carets, style)}")
    if finding.mend:
        rows.append(f"  mend: {visible(finding.mend)}")
    return "".join(f"{row}\n" for row in rows)


def _summary(findings: Sequence[Finding], files: int) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    counts = [_count(errors, "error"), _count(len(findings) - errors, "warning")]
    found = ", ".join(count for count in counts if count) or "nothing found"
    return f"{found} in {_count(files, 'file') or 'no file'}\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties = {"file": place.file, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    properties["title"] = finding.id
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    message = visible(finding.message) + (f"\n{visible(finding.mend)}" if finding.mend else "")
    return f"::{finding.severity} {listed}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _dump(value: JsonObject) -> str:
    return json.dumps(value, indent=2) + "\n"
