"""Messages find the desk that they are about, in teams of many fields and across languages."""

from __future__ import annotations

import pytest

from agents_sahara.emulator.brain.topics import THRESHOLD, profile_of, rarities, score, terms_of
from tests.test_emulator.accuracy import misrouted, star
from tests.test_emulator.brain_loop import Desk, run
from tests.test_emulator.brain_teams import MORE_ROUTED, MORE_TEAMS, ROUTED, TEAMS


@pytest.mark.parametrize("by_sdk", [False, True])
def test_messages_reach_their_desk_across_languages(by_sdk: bool) -> None:
    assert misrouted(TEAMS, ROUTED, by_sdk=by_sdk) == []


@pytest.mark.parametrize("by_sdk", [False, True])
def test_nine_in_ten_messages_reach_their_desk_in_teams_that_the_topics_were_written_without(
    by_sdk: bool,
) -> None:
    assert len(misrouted(MORE_TEAMS, MORE_ROUTED, by_sdk=by_sdk)) <= len(MORE_ROUTED) // 10


@pytest.mark.parametrize(
    "message",
    [
        "Hello!",
        "Hola, ¿cómo te llamas?",
        "Merci beaucoup",
        "Wie geht es dir?",
        "Ciao!",
        "Obrigado, tchau",
        "42",
        "??",
        "",
    ],
)
@pytest.mark.parametrize("team", sorted(TEAMS))
def test_small_talk_stays_with_the_entry(team: str, message: str) -> None:
    assert run(star(TEAMS[team]), "entry", message).path == ("entry",)


def test_words_that_every_desk_uses_decide_nothing() -> None:
    profiles = [profile_of(name, "Zorblax care for Acme") for name in ("One", "Two", "Three")]
    assert max(score(terms_of("zorblax"), profile, rarities(profiles)) for profile in profiles) < THRESHOLD


def test_a_desk_is_not_for_what_it_says_it_is_not_for() -> None:
    team = star(
        {"a": ("Desk A", "Orders. Refunds are not handled here"), "b": ("Desk B", "Refunds, never orders")}
    )
    assert run(team, "entry", "I want a refund").path == ("entry", "b")
    assert run(team, "entry", "Where is my order?").path == ("entry", "a")


def test_a_desk_for_everything_else_takes_what_nobody_takes() -> None:
    team = star({"billing": ("Billing", "Invoices"), "general": ("General desk", "Everything else")})
    assert run(team, "entry", "Why is the sky blue?").path == ("entry", "general")
    assert run(team, "entry", "My invoice is wrong").path == ("entry", "billing")
    assert run(team, "entry", "Hello").path == ("entry",)


def test_unknown_words_match_by_themselves() -> None:
    team = star({"x": ("Glockenspiel desk", "Tunes xylophones"), "y": ("Origami desk", "Folds cranes")})
    assert run(team, "entry", "My xylophone sounds odd").path == ("entry", "x")
    assert run(team, "entry", "How do I start with origami?").path == ("entry", "y")


def test_a_topic_is_reached_through_desks_in_between() -> None:
    team = {
        "front": Desk("Front desk", "You greet and route.", handoffs=("commerce", "technology")),
        "commerce": Desk(
            "Commerce", "You route.", "Orders, refunds and payments", ("refunds", "parcels", "front")
        ),
        "technology": Desk(
            "Technology", "You route.", "Hardware and software", ("hardware", "apps", "front")
        ),
        "refunds": Desk("Refunds", "You process refunds.", "Refunds", ("commerce", "front")),
        "parcels": Desk("Parcels", "You track parcels.", "Parcels and delivery", ("commerce",)),
        "hardware": Desk("Hardware", "You mend.", "Laptops and printers", ("technology",)),
        "apps": Desk("Apps", "You mend.", "Apps and updates", ("technology", "front")),
    }
    assert run(team, "front", "I want a refund").path == ("front", "commerce", "refunds")
    assert run(team, "front", "¿Dónde está mi paquete?").path == ("front", "commerce", "parcels")
    assert run(team, "front", "Mein Drucker druckt nicht").path == ("front", "technology", "hardware")


def test_a_specialist_as_entry_answers_what_is_its_own() -> None:
    team = {
        "billing": Desk("Billing", "You are the billing specialist.", "Invoices and payments", ("orders",)),
        "orders": Desk("Orders", "You handle orders.", "Orders and delivery", ("billing",)),
    }
    assert run(team, "billing", "Where is my order?").path == ("billing", "orders")
    assert run(team, "billing", "My invoice is wrong").path == ("billing",)
    assert run(team, "billing", "I was charged twice for my order, where is it?").path[-1] in team


def test_a_short_reply_stays_with_the_agent_that_asked() -> None:
    team = star(TEAMS["shop"])
    first = run(team, "entry", "Where is my parcel?")
    assert run(team, first.path[-1], "Tomorrow, please", before=first.messages).path == (first.path[-1],)


def test_an_entry_that_lists_its_desks_is_not_for_their_topics_itself() -> None:
    team = {
        "coach": Desk(
            "Coach",
            "Math questions go to the math tutor, history questions to the history tutor.",
            handoffs=("math", "history", "code"),
        ),
        "code": Desk("Code tutor", about="Programming help"),
        "history": Desk("History tutor", about="Specialist for historical questions"),
        "math": Desk("Math tutor", about="Specialist for math questions"),
    }
    assert run(team, "coach", "When did the second world war end?").path == ("coach", "history")
    assert run(team, "coach", "What is the derivative of sin(x)?").path == ("coach", "math")


def test_descriptions_are_read_in_their_own_language_whatever_frames_them() -> None:
    team = {
        "desk": Desk("Empfang", "Leite Anfragen weiter.", handoffs=("ray", "till")),
        "ray": Desk("ray", about="When to use it: Röntgen, MRT oder CT"),
        "till": Desk("till", about="When to use it: Rechnung oder Versicherung"),
    }
    assert run(team, "desk", "I have a question about my invoice").path == ("desk", "till")
    assert run(team, "desk", "Ich brauche ein Röntgenbild").path == ("desk", "ray")
