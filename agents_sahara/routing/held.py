"""Parts of a stream that wait until the answer may be shown: few, whatever the model thinks aloud.

A model may reason in a hundred thousand pieces before it says a word, each of some 3 kB once parsed (openai 3.54,
checked 2026-11-22): pieces of one text in a row are joined. Knows nothing of what may be shown when.
"""

from __future__ import annotations

from collections.abc import Iterator

from openai.types.chat import ChatCompletionChunk

from agents_sahara.clients.repeats import MoreText
from agents_sahara.routing.client import Part

MOST_HELD = 32_768
"""Parts that are kept at once: a call of a tool may come in as many, some 100 MB."""

_REASONING = ("reasoning_content", "reasoning")
"""What providers call it."""

_TEXTS = (*_REASONING, "content")
"""Fields whose pieces in a row are joined."""


class Held:
    """Keeps chunks in order."""

    def __init__(self) -> None:
        self._chunks: list[ChatCompletionChunk] = []
        self._kind: str | None = None
        """Which field the last chunk, and no other, has."""
        self._thoughts: list[str] = []
        """What that field is to hold in the end."""

    @property
    def is_full(self) -> bool:
        """Whether no more can be kept."""
        return len(self._chunks) > MOST_HELD

    def add(self, chunk: Part) -> None:
        """Keep `chunk`, or, where it only goes on with a text, what it says."""
        kind, text = ("content", chunk.text) if isinstance(chunk, MoreText) else _thought(chunk)
        if kind is not None and kind == self._kind:
            self._thoughts.append(text)
            return
        self._settle()
        if isinstance(chunk, MoreText):
            chunk = chunk.whole()
        self._chunks.append(chunk)
        self._kind, self._thoughts = kind, [text]

    def passed(self, chunk: Part, *, may_show: bool) -> Iterator[ChatCompletionChunk]:
        """Keep `chunk`; all that was kept, once the answer may be shown."""
        self.add(chunk)
        return self.release() if may_show else iter(())

    def release(self) -> Iterator[ChatCompletionChunk]:
        """All that was kept."""
        self._settle()
        self._kind = None
        kept, self._chunks = self._chunks, []
        yield from kept

    def say(self, text: str) -> None:
        """Put `text` in place of all the text that is kept, where its first piece stands."""
        self._settle()
        self._kind = None
        for chunk in self._chunks:
            for choice in chunk.choices or ():
                if choice.delta is not None and choice.delta.content:
                    choice.delta.content, text = text, ""

    def _settle(self) -> None:
        if self._kind is not None and len(self._thoughts) > 1:
            setattr(self._chunks[-1].choices[0].delta, self._kind, "".join(self._thoughts))


def _thought(chunk: ChatCompletionChunk) -> tuple[str | None, str]:
    """The field and the text of a chunk that carries a piece of reasoning, or of the answer, and nothing else."""
    if chunk.usage is not None or not chunk.choices or len(chunk.choices) != 1:
        return None, ""
    choice = chunk.choices[0]
    delta = choice.delta
    if choice.finish_reason or delta is None or delta.tool_calls or delta.refusal:
        return None, ""
    said = [(name, text) for name in _TEXTS if (text := getattr(delta, name, None))]
    return said[0] if len(said) == 1 else (None, "")
