"""Who an agent is by its instructions: the name that it was given, in any of the six languages.

'Your name is X' counts wherever it stands. 'You are X' counts only where X can be a name and no role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.speech import languages_named
from agents_sahara.emulator.brain.text import capped, fold

_TITLES = (
    r"Dr|Dra|Mr|Mrs|Ms|Prof|Sr|Sra|St|Mme|Hr|Fr|Sig|Dott|Dott\.ssa|Captain|Doctor|Professor|Don|Doña|Frau|Herr"
    r"|Señora?|Madame|Monsieur|Signora?|Senhora?|Lady|Sir"
)
_TITLE = rf"(?:(?:{_TITLES})\.?[ \t]+)*"
_PARTICLE = r"(?:de|da|do|dos|das|di|del|della|der|van|von|zu|du|la|le|el|al|bin|ibn|of|the)"
_PART = r"[^\W\d_a-zß-öø-ÿ][^\W_]*(?:['\u2019.\-\u2010·]?[^\W_]+)*"
_NAME = Expression(rf"{_TITLE}{_PART}(?:(?:[ \t]+{_PARTICLE}){{0,2}}[ \t]+(?:{_PART}|\d+(?:\.\d+)*))*")
_QUOTED = Expression(r"[\"“„«\u2018'*_`]{1,3}\s*([^\"”“«»\u2019*_`\n]{1,80}?)\s*[\"”“»\u2019'*_`]{1,3}")
_SINGLE = Expression(r"([^\W\d_]+(?:[-'\u2019][^\W\d_]+)*)\s*(?=$|[.,;:!?\n)]|\b(?:and|y|e|et|und|ed)\b)")
_ROLE_ENDS = Expression(
    r"\s*(?:$|[.,;:!?\n(]|[-\u2013\u2014]|(?:and|y|e|et|und|ed|from|of|de|von|vom|del|di|da|do|the|la|le|der|die"
    r"|il|o|a|an|el)\b)"
)
_STRAIGHT = str.maketrans({"\u2019": "'", "\u00b4": "'", "\u00a0": " "})
_NO_NAME = frozenset(
    fold(
        """
    important irrelevant secret confidential unknown unimportant optional private hidden anonymous none nothing null
    undefined classified not never up to for the a an is my your what whatever any anything unspecified free
    importante irrelevante secreto confidencial desconocido privado ninguno no nunca privada secreta segreto riservato
    sconosciuto nessuno non mai irrilevante importante sconosciuta secret confidentiel inconnu aucun pas sans
    geheim unwichtig unbekannt egal vertraulich nicht kein keiner irrelevant desconhecido nenhum não segredo sigiloso
    confidencial prive privé sem always siempre toujours immer sempre when if like also so as one
        """
    ).split()
)
_ROLE_WORDS = Expression(
    r".*(agent|assistant|assistent|asistente|assistente|agente|berater|helfer|mitarbeiter|spezialist|experte|expertin"
    r"|bearbeiter|buchhalter|lehrer|arzt|arztin|ubersetzer|verkaufer|support|handler|bot|specialist|manager|leiter"
    r"|anwalt|pfleger|kellner|rezeptionist)(s|in|innen|es)?"
    r"|(concierge|expert|clerk|officer|teacher|translator|triage|router|service|desk|team|department|model|ai|ki|ia"
    r"|helpful|friendly|doctor|especialista|experto|empleado|abogado|medico|profesor|conseiller|consulente|avvocato"
    r"|impiegato|atendente|responsable|koch|pilot|empfang|operator|coordinator|receptionist)s?"
)


def _leads(field: str) -> Expression:
    patterns = [pattern for language in LANGUAGES.values() for pattern in getattr(language, field)]
    return Expression("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | re.MULTILINE)


_NAME_AFTER = _leads("name_after")
_YOU_ARE = _leads("you_are")
_FILLER = Expression(
    r"\s*[:=]?\s*(?:(?:always|simply|just|now|siempre|ahora|toujours|désormais|immer|jetzt|ab\s+jetzt"
    r"|sempre|agora|ora"
    r"|usted|lei|você|also|also\s+known\s+as)\b\s*)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def name_in(instructions: str) -> str | None:
    """The name that `instructions` give to their agent; None where they give none."""
    text = capped(instructions).translate(_STRAIGHT)
    for match in _NAME_AFTER.finditer(text):
        if name := _name_at(text, match.end()):
            return name
    return next(_names_after_you_are(text), None)


def _name_at(text: str, start: int) -> str | None:
    """The name that follows an unmistakable lead; it may be quoted or in small letters."""
    filler = _FILLER.match(text, start)
    start = filler.end() if filler else start
    quoted = _QUOTED.match(text, start)
    if quoted:
        return quoted[1].strip() or None
    found = _NAME.match(text, start)
    if found and fold(found[0].split()[0]) not in _NO_NAME:
        return _trimmed(found[0])
    single = _SINGLE.match(text, start)
    if single and fold(single[1]) not in _NO_NAME and not _is_common(single[1]):
        return single[1]
    return None


def _names_after_you_are(text: str) -> Iterator[str]:
    for match in _YOU_ARE.finditer(text):
        found = _NAME.match(text, _after_blanks(text, match.end()))
        if found and _ROLE_ENDS.match(text, found.end()) and not _is_role(found[0]):
            yield _trimmed(found[0])


def _after_blanks(text: str, start: int) -> int:
    rest = text[start : start + 40]
    return start + len(rest) - len(rest.lstrip())


def _is_role(name: str) -> bool:
    parts = fold(name).replace(".", " ").split()
    return bool(
        languages_named(name)
        or any(_ROLE_WORDS.fullmatch(part) for part in parts)
        or parts[0] in _NO_NAME
        or _is_common(parts[0])
    )


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(fold(" ".join(language.words for language in LANGUAGES.values())).split())


def _is_common(word: str) -> bool:
    return fold(word) in _common()


def _trimmed(name: str) -> str:
    return name.rstrip(".-'\u2019 ") if not name.endswith("Jr.") else name
