"""What a name may look like: keys that the user chooses, providers, model ids, environment variables.

Patterns are written so that Python and ECMAScript (which JSON Schema means) read them alike: ranges are spelt
out, and `$(?!\\n)` is the end of the text in both.
"""

from __future__ import annotations

import re
import unicodedata

END = r"$(?!\n)"

_FIRST = r"[^\x00-\x40\x5b-\x60\x7b-\x7f]"
_NEXT = r"[^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"

KEY = rf"^{_FIRST}{_NEXT}{{0,63}}{END}"
"""A chosen key, as far as draft-07 can say it: that a character beyond ASCII is a letter, it cannot."""

PROVIDER = rf"^[a-z0-9][a-z0-9._-]{{0,63}}{END}"

MODEL_ID = rf"^[A-Za-z0-9@][A-Za-z0-9@+._:/-]{{0,127}}{END}"

MODEL_NAME = rf"^(?:{KEY[1 : -len(END)]}|{MODEL_ID[1 : -len(END)]}){END}"
"""An alias or an id."""

TOOL_NAME = rf"^[A-Za-z0-9_-]{{1,64}}{END}"

_WORD = r"(?!__)[A-Za-z_][A-Za-z0-9_]*"

FUNCTION = rf"^(?=.{{1,200}}{END})(?:__main__|{_WORD}(?:\.{_WORD})*):{_WORD}{END}"
"""`module:function`. ASCII alone, because Python folds other letters into these; no names that begin with `__` but
that of the program itself."""

VARIABLE = rf"^[A-Za-z_][A-Za-z0-9_]{{0,127}}{END}"

_plain_key = re.compile(rf"^[A-Za-z][A-Za-z0-9_-]{{0,63}}{END}").search
_key = re.compile(KEY).search
_provider = re.compile(PROVIDER).search


def normal(name: str) -> str:
    """A name as it is compared: after Unicode normalisation (NFC)."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def is_key(key: str) -> bool:
    """Whether agents, aliases and variables may be called so: a letter of any script, then letters, digits, _, -."""
    if _plain_key(key):
        return True
    if not _key(key):
        return False
    name = normal(key)
    return name[0].isalpha() and all(_continues(character) for character in name)


def _continues(character: str) -> bool:
    # Marks are parts of letters in many scripts (Devanagari vowel signs, Hebrew points).
    return character in "_-" or unicodedata.category(character)[0] in "LM" or character.isdecimal()


class ChosenKey:
    """Keys of agents, aliases, variables and profiles."""

    pattern = KEY

    def problem(self, key: str) -> tuple[str, str, str] | None:
        """Rule, message and mend for a key that is refused."""
        if is_key(key):
            return None
        mend = "use a letter of any script, then letters, digits, '_' and '-', at most 64 characters"
        return "bad-key", f"{_short(key)} cannot be a key here", mend


class ProviderKey:
    """Keys of `providers`."""

    pattern = PROVIDER.replace("^", "^(?!auto$)")

    def problem(self, key: str) -> tuple[str, str, str] | None:
        """Rule, message and mend for a key that is refused."""
        if key == "auto":
            message = "'auto' is a word of the format, no provider's name"
            return "bad-key", message, "call the provider something else"
        if _provider(key):
            return None
        mend = "use a-z and 0-9, then also '.', '_' and '-', at most 64 characters"
        return "bad-key", f"{_short(key)} cannot be a provider's name", mend


def _short(text: str) -> str:
    return repr(text if len(text) <= 70 else text[:67] + "...")
