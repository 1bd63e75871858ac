"""What a caller says to a team: a text or a conversation, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from agents import TResponseInputItem, UserError
from agents.models.chatcmpl_converter import Converter

from agents_sahara.errors import UsageError

Message: TypeAlias = "str | Sequence[Mapping[str, object]]"
"""A text, or a conversation as `{"role": ..., "content": ...}` objects that ends with the user's words."""


_ROLES = frozenset({"user", "assistant", "system", "developer"})


def checked(message: Message) -> str | list[TResponseInputItem]:
    """The message as the SDK takes it.

    Raises:
        UsageError: it is empty, or cannot be sent.
    """
    _check_type(message)
    if isinstance(message, str):
        if not message.strip():
            raise UsageError("the message is empty", mend="say something")
        _check_encodable(message)
        return message
    if not message:
        raise UsageError("the conversation is empty", mend="give at least one message")
    items = [_checked_item(item, place) for place, item in enumerate(message, start=1)]
    return cast("list[TResponseInputItem]", items)


def _checked_item(item: object, place: int) -> dict[str, object]:
    """One item of a conversation; the SDK itself raises TypeErrors for some, and shows the prompt for others."""
    if type(item) is dict or isinstance(item, Mapping):
        made = dict(item)
        if _is_plain(made):
            _check_encodable(str(made["content"]))
            return made
        try:
            sent = json.dumps(
                Converter.items_to_messages(cast("list[TResponseInputItem]", [made])), ensure_ascii=False
            )
        except (UserError, TypeError, ValueError, KeyError, AttributeError):
            sent = ""
        if sent:
            _check_encodable(sent)
            return made
    raise UsageError(
        f"message {place} of the conversation is not one that can be sent",
        mend="give each as {'role': 'user' or 'assistant', 'content': a text}",
    )


def _is_plain(item: Mapping[str, object]) -> bool:
    """Whether it is a text of a known role and nothing else, as nearly all are: such a one can be sent."""
    role = item.get("role")
    return (
        len(item) == 2 and isinstance(role, str) and role in _ROLES and isinstance(item.get("content"), str)
    )


def _check_type(message: object) -> None:
    if not isinstance(message, Sequence) or isinstance(message, bytes):
        kind = type(message).__name__
        raise UsageError(f"the message is of type {kind}", mend="give a text, or a list of messages")


def _check_encodable(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("the message holds half a character (a lone surrogate)", mend="remove it") from None
