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
    "money": "economy refund invoice payment price bank card tax loan investing finance expense discount",
    "trade": "order delivery return product stock warranty clothing shop sales discount complaint refund",
    "technology": "database devops password login bug computer internet phone software printer security code data "
    "website account "
    "password login bug computer internet phone software printer security code data website account",
    "customer": "tariff account subscription cancellation privacy complaint",
    "travel": "flight hotel booking luggage visa train trip",
    "work": "dismissal leave payroll hiring staff training expense",
    "health": "skin heart bones eyes workout doctor appointment medication symptom dentist mental fitness diet",
    "law": "family_law crime dismissal legal contract privacy visa",
    "home": "property rent repair furniture garden cleaning energy",
    "kitchen": "food recipe drink diet",
    "learning": "philosophy course exam math science history geography grammar literature research",
    "words": "poetry translation summary grammar literature writing",
    "leisure": "art music film game sport joke event literature",
    "wheels": "car parking",
    "animals": "pet farming",
    "state": "permit government tax visa parking emergency",
    "promotion": "marketing design sales",
    "industry": "manufacturing farming stock",
    "family": "child event",
}
"""Topics that one desk often handles; a desk is a weaker match for the rest of its domain."""
