"""What is judged of a conversation, and how a text is cleaned before a pattern sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters without a shape that are no format characters (Unicode 15, Default_Ignorable_Code_Point)."""


def cleaned(text: str) -> str:
    """`text` after NFKC, so that wide and styled letters are plain ones, and without characters that do not show."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return "".join(character for character in plain if unicodedata.category(character) != "Cf")


def words_of_user(messages: object) -> str:
    """What the user said this time: the last user message of a chat request, and those right before it.

    Where none is from a user, all that is no instruction: another agent may have summed up what was said.
    """
    said = [one for one in messages if isinstance(one, Mapping)] if isinstance(messages, Sequence) else []
    last = next((at for at in range(len(said) - 1, -1, -1) if said[at].get("role") == "user"), None)
    if last is None:
        return _joined(one for one in said if one.get("role") not in ("system", "developer"))
    first = last
    while first > 0 and said[first - 1].get("role") == "user":
        first -= 1
    return _joined(said[first : last + 1])


def _joined(messages: Sequence[Mapping[str, object]] | Iterator[Mapping[str, object]]) -> str:
    return "\n".join(text for one in messages for text in _texts(one.get("content")))


def _texts(content: object) -> Iterator[str]:
    """The texts of a message: its content is one, or a list of parts."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Sequence):
        for part in content:
            text = part.get("text") if isinstance(part, Mapping) else None
            if isinstance(text, str):
                yield text
