"""The table of topics: their words by language, and which topics belong together."""

from agents_sahara.emulator.brain.lexicon.de import GERMAN_TOPICS
from agents_sahara.emulator.brain.lexicon.en import ENGLISH_TOPICS
from agents_sahara.emulator.brain.lexicon.es import SPANISH_TOPICS
from agents_sahara.emulator.brain.lexicon.fr import FRENCH_TOPICS
from agents_sahara.emulator.brain.lexicon.it import ITALIAN_TOPICS
from agents_sahara.emulator.brain.lexicon.pt import PORTUGUESE_TOPICS

TOPIC_WORDS: dict[str, dict[str, str]] = {
    "en": ENGLISH_TOPICS,
    "es": SPANISH_TOPICS,
    "fr": FRENCH_TOPICS,
    "de": GERMAN_TOPICS,
    "it": ITALIAN_TOPICS,
    "pt": PORTUGUESE_TOPICS,
}
"""Topic -> its words, by language; `*` ends a stem, `_` joins words that count together only."""

DOMAINS: dict[str, str] = {
    "money": "refund invoice payment price bank card tax loan investing finance expense discount",
    "trade": "order delivery return product stock warranty clothing shop sales discount complaint refund",
    "technology": "password login bug computer internet phone software printer security code data "
    "website account "
    "password login bug computer internet phone software printer security code data website account",
    "customer": "account subscription cancellation privacy complaint",
    "travel": "flight hotel booking luggage visa train trip",
    "work": "leave payroll hiring staff training expense",
    "health": "doctor appointment medication symptom dentist mental fitness diet",
    "law": "legal contract privacy visa",
    "home": "rent repair furniture garden cleaning energy",
    "kitchen": "food recipe drink diet",
    "learning": "course exam math science history geography grammar literature research",
    "words": "grammar literature writing",
    "leisure": "music film game sport joke event literature",
    "wheels": "car parking",
    "animals": "pet farming",
    "state": "government tax visa parking emergency",
    "promotion": "marketing design sales",
    "industry": "manufacturing farming stock",
    "family": "child event",
}
"""Topics that one desk often handles; a desk is a weaker match for the rest of its domain."""
