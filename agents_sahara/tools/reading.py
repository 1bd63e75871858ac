"""What a host answered, as text: no more of it than is wanted, in the characters that it was written in."""

from __future__ import annotations

import codecs
import re

import httpx2

from agents_sahara.tools.marking import ToolError

_CHARSETS = re.compile(
    r"utf[-_]?(?:8|16|32)(?:[-_]?[lb]e)?|us[-_]ascii|ascii|iso[-_]?8859[-_]\d{1,2}|latin[-_]?\d|windows[-_]?\d{3,4}"
    r"|cp\d{3,4}|koi8[-_][rut]|gb2312|gbk|gb18030|big5|shift[-_]?jis|euc[-_](?:jp|kr)|iso[-_]2022[-_]jp|tis[-_]620",
    re.IGNORECASE,
)
"""What texts of the web are written in: other codecs of Python, such as base64, are none of an answer's business."""

_TEXTUAL = re.compile(
    r"text/|application/(?:[a-z0-9.+-]*[+.-])?(?:json|xml|yaml|javascript|graphql|x-www-form-urlencoded)\b"
)


async def body_of(answer: httpx2.Response, most_bytes: int) -> str:
    """The body as text, at most its first `most_bytes` bytes.

    Raises:
        ToolError: it is packed, or no text.
    """
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise ToolError("the answer is packed, which was not asked for.")
    parts, size = [], 0
    async for part in answer.aiter_raw():
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            break
    return _text(b"".join(parts)[:most_bytes], answer, is_whole=size <= most_bytes)


def _text(data: bytes, answer: httpx2.Response, *, is_whole: bool) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    charset = _charset(answer)
    is_said = charset is not None or not kind or _TEXTUAL.match(kind) is not None
    decoder = codecs.getincrementaldecoder(charset or "utf-8")("replace" if is_said else "strict")
    try:
        text = decoder.decode(data, final=is_whole)
    except ValueError:
        raise _no_text(kind) from None
    if "\0" in text:
        raise _no_text(kind)
    return text.removeprefix("\ufeff")


def _no_text(kind: str) -> ToolError:
    named = f": it is {kind}" if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", kind) else ""
    return ToolError(f"the answer is no text{named}.")


def _charset(answer: httpx2.Response) -> str | None:
    name = answer.charset_encoding
    if name is None or not _CHARSETS.fullmatch(name):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
