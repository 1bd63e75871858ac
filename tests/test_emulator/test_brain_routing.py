"""Handoffs by language, in teams that nobody wrote: random keys, order, depth, cycles, phrasings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agents_sahara.emulator.brain.decision import decide
from agents_sahara.emulator.brain.offers import read_offers
from agents_sahara.types import Json
from tests.test_emulator.brain_loop import Desk, body_for, handoff_tool, run

GREETINGS = {
    "en": "Hello, what is your name?",
    "es": "Hola, ¿Cómo te llamas?",
    "fr": "Bonjour, comment vous appelez-vous ?",
    "de": "Guten Tag, wie heißen Sie?",
    "it": "Ciao, come ti chiami?",
    "pt": "Olá, qual é o seu nome?",
}
LANGUAGE_WORDS = {
    "en": ("English", "inglés", "anglais", "Englisch", "inglese", "inglês"),
    "es": ("Spanish", "español", "espagnol", "Spanisch", "spagnolo", "espanhol"),
    "fr": ("French", "francés", "français", "Französisch", "francese", "francês"),
    "de": ("German", "alemán", "allemand", "Deutsch", "tedesco", "alemão"),
    "it": ("Italian", "italiano", "italien", "Italienisch", "italiano", "italiano"),
    "pt": ("Portuguese", "portugués", "portugais", "Portugiesisch", "portoghese", "português"),
}
SPEAKS = ("Speaks {}", "Habla {}", "Parle {}", "Spricht {}", "Parla {}", "Fala {}")
INSTRUCTED = (
    "You only speak {}. Your name is {}",
    "Solo hablas {}. Te llamas {}.",
    "Tu parles uniquement {}. Tu t'appelles {}.",
    "Du sprichst nur {}. Du heißt {}.",
    "Parli solo {}. Ti chiami {}.",
    "Você só fala {}. O seu nome é {}.",
)
NAMES = ("James", "Jesse", "Zoé", "Jürgen", "Chiara", "João", "Ximena", "Li Wei")
FAST = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # a failing team is small as it is, and shrinking takes minutes
CODES = sorted(GREETINGS)


@st.composite
def teams(draw: st.DrawFn) -> tuple[dict[str, Desk], str, str, tuple[str, ...], str]:
    """A team with a chain of desks in front of its speakers: team, entry, message, expected path, name."""
    codes = draw(st.lists(st.sampled_from(CODES), min_size=2, max_size=6, unique=True))
    keys = draw(
        st.lists(
            st.from_regex(r"[qwxz][bcfgjkmv]{3,8}", fullmatch=True), min_size=12, max_size=12, unique=True
        )
    )
    depth = draw(st.integers(1, 4))
    chain, speakers = keys[:depth], dict(zip(codes, keys[4:], strict=False))
    spoken = {code: draw(st.sampled_from(range(6))) for code in codes}
    team = {
        key: Desk(
            draw(st.sampled_from(NAMES))
            if draw(st.booleans())
            else f"{LANGUAGE_WORDS[code][spoken[code]]} desk",
            INSTRUCTED[spoken[code]].format(LANGUAGE_WORDS[code][spoken[code]], draw(st.sampled_from(NAMES))),
            SPEAKS[spoken[code]].format(LANGUAGE_WORDS[code][spoken[code]]),
            tuple(draw(st.lists(st.sampled_from(chain), max_size=3, unique=True))),
        )
        for code, key in speakers.items()
    }
    everyone = ", ".join(LANGUAGE_WORDS[code][0] for code in codes)
    for index, key in enumerate(chain):
        onward = list(speakers.values()) if index == depth - 1 else [chain[index + 1]]
        back = draw(st.lists(st.sampled_from(chain[:index]), max_size=2, unique=True)) if index else []
        handoffs = draw(st.permutations([*onward, *back]))
        title = f"Desk {index}" if index else draw(st.sampled_from(["Triage agent", "Front desk", "Router"]))
        about = f"Knows who speaks {everyone}" if index else ""
        team[key] = Desk(title, "You pass people on.", about, tuple(handoffs))
    code = draw(st.sampled_from(codes))
    name = team[speakers[code]].instructions.rstrip(".").rpartition(" ")[2]
    return team, chain[0], GREETINGS[code], (*chain, speakers[code]), name


@given(teams(), st.booleans())
@settings(max_examples=150, deadline=None, phases=FAST)
def test_every_language_reaches_its_speaker_at_any_depth(
    drawn: tuple[dict[str, Desk], str, str, tuple[str, ...], str], by_sdk: bool
) -> None:
    team, entry, message, path, name = drawn
    done = run(team, entry, message, by_sdk=by_sdk)
    assert done.path[-1] == path[-1]
    assert set(done.path) <= set(path)
    assert name in done.text


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.tuples(
            st.sampled_from(
                [*("English", "Spanish agent", "Billing", "Orders", "Router", "Triage", "Europe")]
            ),
            st.sampled_from(
                ["", "Speaks Spanish", "Refunds and orders", "Routes to whoever fits", "Everything else"]
            ),
            st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True),
        ),
        min_size=2,
        max_size=8,
    ),
    st.sampled_from([*GREETINGS.values(), "Where is my order?", "Quiero un reembolso", "ok", "", "Why?"]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None, phases=FAST)
def test_no_team_hands_a_message_round_for_ever_or_back(
    drawn: dict[str, tuple[str, str, list[str]]], message: str, by_sdk: bool
) -> None:
    team = {
        key: Desk(
            f"{name} {key}", f"You are {name}.", about, tuple(k for k in onward if k in drawn and k != key)
        )
        for key, (name, about, onward) in drawn.items()
    }
    entry = min(team)
    path = run(team, entry, message, by_sdk=by_sdk).path
    assert len(set(path[1:])) == len(path[1:])


@pytest.mark.parametrize("code", CODES)
def test_a_language_that_nobody_speaks_is_answered_by_the_entry_in_that_language(code: str) -> None:
    other = [c for c in CODES if c != code][:2]
    desks = {c: Desk(f"{LANGUAGE_WORDS[c][0]} agent", "Be kind.") for c in other}
    team = {"entry": Desk("Triage agent", "Route by language.", handoffs=tuple(desks))} | desks
    done = run(team, "entry", GREETINGS[code])
    assert done.path == ("entry",)
    alone = decide({"messages": [{"role": "user", "content": GREETINGS[code]}]})
    assert done.text == alone.text


def test_regions_lead_to_the_language_behind_them() -> None:
    team = {
        "triage": Desk("Triage agent", "Route.", handoffs=("us", "europe")),
        "europe": Desk(
            "Europe desk", "You look after Europe.", "European customers", ("iberia", "dach", "triage")
        ),
        "us": Desk("US desk", "Be kind.", "American customers", ("triage",)),
        "iberia": Desk(
            "Iberia desk", "You pass people on.", "Spain and Portugal", ("portuguese", "spanish", "europe")
        ),
        "dach": Desk("DACH desk", "Be kind.", "Customers in Germany, Austria and Switzerland"),
        "spanish": Desk("Spanish agent", "Me llamo Sol", handoffs=("triage", "iberia")),
        "portuguese": Desk("Portuguese agent", "Chamas-te Inês."),
    }
    done = run(team, "triage", "Hola, ¿cómo te llamas?")
    assert done.path == ("triage", "europe", "iberia", "spanish")
    assert done.text == "¡Hola! Me llamo Sol. ¿En qué puedo ayudarte hoy?"
    assert run(team, "triage", "Guten Tag, wer sind Sie?").path == ("triage", "europe", "dach")
    assert run(team, "triage", "Hello, I need help").path == ("triage", "us")


def test_the_speaker_of_fewer_languages_is_preferred() -> None:
    team = {
        "entry": Desk("Entry", "Route.", handoffs=("many", "one")),
        "many": Desk("Polyglot", "Be kind.", "Speaks Spanish, French and German"),
        "one": Desk("Sol", "Be kind.", "Speaks Spanish"),
    }
    assert run(team, "entry", GREETINGS["es"]).path == ("entry", "one")
    assert run(team, "entry", GREETINGS["fr"]).path == ("entry", "many")


def test_language_comes_first_and_topic_decides_among_equals() -> None:
    team = {
        "entry": Desk("Triage", "Route.", handoffs=("bes", "ben", "oes", "oen")),
        "bes": Desk("Facturación", "Ayuda.", "Facturas, en español"),
        "ben": Desk("Billing", "Help.", "Invoices, in English"),
        "oes": Desk("Pedidos", "Ayuda.", "Pedidos, en español"),
        "oen": Desk("Orders", "Help.", "Orders, in English"),
    }
    assert run(team, "entry", "¿Dónde está mi pedido?").path[-1] == "oes"
    assert run(team, "entry", "Where is my order?").path[-1] == "oen"
    assert run(team, "entry", "Necesito una factura").path[-1] == "bes"
    assert run(team, "entry", "I need an invoice").path[-1] == "ben"


def test_a_teacher_of_a_language_is_for_the_topic_not_for_its_speakers() -> None:
    team = {
        "entry": Desk("School", "Route.", handoffs=("s", "f")),
        "s": Desk("Spanish teacher", "Teach.", "Teaches Spanish"),
        "f": Desk("French teacher", "Teach.", "Teaches French"),
    }
    assert run(team, "entry", "Quiero aprender francés").path == ("entry", "f")


def test_the_next_message_in_another_language_moves_on() -> None:
    team = {
        "en": Desk("English agent", "You only speak English. Your name is Jesse", "Speaks English", ("es",)),
        "es": Desk("Spanish agent", "Solo hablas español. Te llamas Sol.", "Habla español", ("en",)),
    }
    first = run(team, "en", GREETINGS["es"])
    assert first.path == ("en", "es")
    assert run(team, "es", "ok", before=first.messages).path == ("es",)
    again = run(team, "es", "And in English please, who are you?", before=first.messages)
    assert again.path == ("es", "en")
    assert "Jesse" in again.text


def test_handoffs_are_known_by_any_name_and_wording() -> None:
    spanish, english = Desk("Spanish agent"), Desk("English agent")
    custom: list[Json] = [
        handoff_tool("x", spanish, name="go_left"),
        {
            "type": "function",
            "function": {"name": "go_right", "description": "Transfers the user to English support"},
        },
        handoff_tool("y", replace(english, about="Speaks English"), name="whatever", by_sdk=True),
    ]
    for message, names in ((GREETINGS["es"], {"go_left"}), (GREETINGS["en"], {"go_right", "whatever"})):
        reply = decide({"messages": [{"role": "user", "content": message}], "tools": custom})
        assert {call.name for call in reply.tool_calls} <= names
        assert reply.tool_calls


def test_a_handoff_is_known_by_its_schema_where_neither_name_nor_description_tell() -> None:
    """The Agents SDK gives functions that take nothing a `title` in their schema, and handoffs none."""
    empty: dict[str, Json] = {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    alarm: Json = {"name": "raise_alarm", "description": "Lost or stolen cards", "parameters": empty}
    cards: Json = {"name": "z", "description": "Credit cards", "parameters": empty}
    clock: Json = {"name": "clock", "description": "The time", "parameters": {**empty, "title": "clock_args"}}
    offers = read_offers({"tools": [{"function": tool} for tool in (alarm, cards, clock)]})
    assert [handoff.tool for handoff in offers.handoffs] == ["raise_alarm", "z"]
    assert [function.tool for function in offers.functions] == ["clock"]


def test_the_agent_behind_a_handoff_is_named_by_its_description() -> None:
    for told in ("Hand the conversation over to Ana.", "Hand over the user to Ana.", "Hand off to Ana."):
        tool: Json = {
            "function": {"name": "left", "description": f"{told} Speaks Spanish.", "parameters": {}}
        }
        (handoff,) = read_offers({"tools": [tool]}).handoffs
        assert (handoff.agent, handoff.about.lstrip(". ")) == ("Ana", "Speaks Spanish."), told


def test_history_without_tool_messages_settles_too() -> None:
    """Some filters remove all tool messages, so that the specialist sees only the system message and the user's."""
    team = {
        "entry": Desk("Triage agent", "Route.", handoffs=("es", "fr")),
        "es": Desk("Sol", "You only speak Spanish. Your name is Sol", "Speaks Spanish", ("entry",)),
        "fr": Desk("Luc", "Tu t'appelles Luc. Réponds en français.", "Parle français", ("entry",)),
    }
    reply = decide(body_for(team, "es", [{"role": "user", "content": GREETINGS["es"]}]))
    assert reply.tool_calls == ()
    assert "Sol" in (reply.text or "")


def test_a_summary_in_place_of_the_user_message_is_read() -> None:
    summary = (
        "For context, here is the conversation so far between the user and the previous agent:\n"
        "<CONVERSATION HISTORY>\n1. user: Hola, ¿Cómo te llamas?\n2. function_call: {}\n</CONVERSATION HISTORY>"
    )
    reply = decide(
        {
            "messages": [
                {"role": "system", "content": "Your name is Sol"},
                {"role": "assistant", "content": summary},
            ]
        }
    )
    assert reply.text == "¡Hola! Me llamo Sol. ¿En qué puedo ayudarte hoy?"
