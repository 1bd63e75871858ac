"""The table of languages: a new one is a file beside this and a row here."""

from agents_sahara.emulator.brain.languages.de import GERMAN
from agents_sahara.emulator.brain.languages.en import ENGLISH
from agents_sahara.emulator.brain.languages.es import SPANISH
from agents_sahara.emulator.brain.languages.fr import FRENCH
from agents_sahara.emulator.brain.languages.it import ITALIAN
from agents_sahara.emulator.brain.languages.language import Language
from agents_sahara.emulator.brain.languages.pt import PORTUGUESE

LANGUAGES: dict[str, Language] = {
    language.code: language for language in (ENGLISH, SPANISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE)
}
"""By ISO 639-1 code."""
