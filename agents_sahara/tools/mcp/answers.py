"""What a server answers to a call, as the text that a model gets.

Chat completions take nothing but text from a tool (OpenAI API reference, "Create chat completion", messages of role
`tool`; checked 2026-11-28), so a picture or a sound is told of, not shown.
"""

from __future__ import annotations

import json

import mcp_types as wire

from agents_sahara.tools.mcp.complaints import one_line


def answer_text(answer: wire.CallToolResult) -> str:
    """All of it that is text; what is not, is told."""
    parts = [_part(block) for block in answer.content]
    has_text = any(isinstance(block, wire.TextContent) for block in answer.content)
    if answer.structured_content is not None and not has_text:
        parts.insert(0, json.dumps(answer.structured_content, ensure_ascii=False))
    return "\n".join(parts) or "(it gave no answer)"


def _part(block: wire.ContentBlock) -> str:
    if isinstance(block, wire.TextContent):
        return block.text
    if isinstance(block, wire.ImageContent):
        return _unshown("a picture", block.mime_type, block.data)
    if isinstance(block, wire.AudioContent):
        return _unshown("a sound", block.mime_type, block.data)
    if isinstance(block, wire.ResourceLink):
        return f"[a resource: {one_line(block.name)}, {one_line(block.uri)}]"
    resource = block.resource
    if isinstance(resource, wire.TextResourceContents):
        return resource.text
    return _unshown("a file", resource.mime_type or "of unknown type", resource.blob)


def _unshown(what: str, kind: str, data: str) -> str:
    size = len(data) * 3 // 4 - data[-2:].count("=")
    return f"[{what}, {one_line(kind, 80)}, {size:,} bytes, which cannot be shown here]"
