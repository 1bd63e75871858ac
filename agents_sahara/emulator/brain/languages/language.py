"""The shape of a language that the simulator can recognise and answer in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences to answer with. `{name}`, `{desks}`, `{message}`, `{result}` are filled in."""

    hello: str
    my_name_is: str
    this_is: str
    """For an agent that has a name as a desk has one."""
    no_name: str
    how_can_i_help: str
    i_am_well: str
    welcome: str
    goodbye: str
    can_do: str
    can_connect: str
    understood: str
    """The answer to everything else: restates `{message}`."""
    understood_briefly: str
    """The same where the message is in another language, and is therefore not quoted."""
    result: str
    """Leads in the text of a tool's result."""
    conjunction: str


@dataclass(frozen=True, slots=True)
class Intents:
    """Regular expressions over folded text (lower case, no accents)."""

    greeting: str
    wellbeing: str
    name: str
    thanks: str
    goodbye: str
    ability: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """Folded words (`*` ends a stem) that instructions and descriptions are read by."""

    speak: str
    """Verbs and nouns that, with a language, say what an agent speaks."""
    only: str
    negation: str
    hand_off: str
    """Verbs of passing a conversation on: what follows is the job of others."""
    condition: str
    other_people: str
    """Who speaks a language without being the agent: user, customer, ..."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how to recognise it, how it is used to instruct an agent, how to answer in it."""

    code: str
    words: str
    """Its commonest words, as evidence of the language and as words that say nothing of a topic."""
    everyday: str
    """More words of short messages, as evidence of the language only."""
    letters: str
    """Letters outside a-z that its words have."""
    name_after: tuple[str, ...]
    """What comes straight before an agent's name: regular expressions, case ignored."""
    you_are: tuple[str, ...]
    """'You are': a name may follow, but mostly a role does."""
    grammar: Grammar
    intents: Intents
    phrases: Phrases
