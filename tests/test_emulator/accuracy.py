"""How often the simulator is right, on the cases of this folder: `python -m tests.test_emulator.accuracy`."""

from __future__ import annotations

import time

from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.persona import name_in
from tests.test_emulator.brain_loop import Desk, run
from tests.test_emulator.brain_messages import HELD_OUT
from tests.test_emulator.brain_names import NAMED, NAMELESS
from tests.test_emulator.brain_teams import MORE_ROUTED, MORE_TEAMS, ROUTED, TEAMS

Teams = dict[str, dict[str, tuple[str, str]]]
Routed = tuple[tuple[str, str, str | None], ...]


def languages_right(code: str) -> tuple[int, int]:
    """Messages of one language that are recognised, and all."""
    return sum(language_of(message) == code for message in HELD_OUT[code]), len(HELD_OUT[code])


def star(desks: dict[str, tuple[str, str]]) -> dict[str, Desk]:
    """An entry in front of `desks`, each of which can hand back to it."""
    entry = Desk("Triage agent", "Hand off to the right specialist.", handoffs=tuple(desks))
    return {"entry": entry} | {
        key: Desk(name, f"You work as {name}.", about, ("entry",)) for key, (name, about) in desks.items()
    }


def misrouted(
    teams: Teams, routed: Routed, *, by_sdk: bool = False
) -> list[tuple[str, str, tuple[str, ...]]]:
    """The messages that do not end with the desk they belong to, with the path that they took."""
    wrong = []
    for team, message, desk in routed:
        path = run(star(teams[team]), "entry", message, by_sdk=by_sdk).path
        if path != (("entry",) if desk is None else ("entry", desk)):
            wrong.append((team, message, path))
    return wrong


def seconds_per_decision() -> float:
    """CPU seconds of one decision of a triage agent, over distinct messages, tables loaded."""
    messages = [
        f"{message} {number}" for number in range(10) for group in HELD_OUT.values() for message in group
    ]
    desks = star(TEAMS["shop"])
    run(desks, "entry", "warm up")
    started = time.process_time()
    calls = sum(len(run(desks, "entry", message).path) for message in messages)
    return (time.process_time() - started) / calls


def main() -> None:
    """Print one line a figure."""
    counts = {code: languages_right(code) for code in HELD_OUT}
    right, asked = sum(count[0] for count in counts.values()), sum(count[1] for count in counts.values())
    by_code = ", ".join(f"{code} {good}/{of}" for code, (good, of) in counts.items())
    print(f"language of a short message, held out: {right}/{asked} ({by_code})")
    named = sum(name_in(text) == name for text, name in NAMED) + sum(
        name_in(text) is None for text in NAMELESS
    )
    print(f"names in instructions: {named}/{len(NAMED) + len(NAMELESS)}")
    for label, teams, routed in (("first", TEAMS, ROUTED), ("second", MORE_TEAMS, MORE_ROUTED)):
        wrong = misrouted(teams, routed)
        print(f"topical routing, {label} {len(teams)} teams: {len(routed) - len(wrong)}/{len(routed)}")
        for team, message, path in wrong:
            print(f"  {team}: {message!r} went {' -> '.join(path)}")
    print(f"CPU of one decision: {seconds_per_decision() * 1000:.2f} ms")


if __name__ == "__main__":
    main()
