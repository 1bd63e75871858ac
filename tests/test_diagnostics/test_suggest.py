"""The word that was most likely meant."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.diagnostics.suggest import did_you_mean, edits, nearest

LETTERS = "abé_-1"
WORDS = st.text(LETTERS, min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("", "", 0), ("billing", "billing", 0), ("biling", "billing", 1), ("billling", "billing", 1),
        ("billinf", "billing", 1), ("blilling", "billing", 1), ("ibliling", "billing", 2), ("iblling", "billing", 1),
        ("ab", "ba", 1),
        ("ca", "abc", 3), ("kitten", "sitting", 3), ("", "abc", 3), ("a", "", 1), ("spansih", "spanish", 1),
    ],
)  # fmt: skip
def test_edits_are_those_of_damerau_and_levenshtein(one: str, other: str, distance: int) -> None:
    assert edits(one, other, most=9) == distance
    assert edits(other, one, most=9) == distance


def test_counting_stops_beyond_the_most() -> None:
    assert edits("kitten", "sitting", most=2) == 3
    assert edits("a", "bcdefgh", most=2) == 3


@given(WORDS, st.lists(WORDS, max_size=8), st.data())
def test_the_only_legal_name_one_edit_away_is_always_suggested(
    name: str, others: list[str], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(sorted(_one_edit_away(name))))
    names = list(dict.fromkeys([*others, name]))
    if [other for other in names if edits(word, other, most=1) <= 1] == [name]:
        assert nearest(word, names) == name
        assert did_you_mean(word, names, what="agents").startswith(f"did you mean {name!r}? ")


@given(WORDS, WORDS)
def test_what_is_one_edit_away_counts_as_one_edit(word: str, other: str) -> None:
    assert (edits(word, other, most=3) == 1) == (other in _one_edit_away(word))


def _one_edit_away(word: str) -> set[str]:
    splits = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    deleted = {left + right[1:] for left, right in splits if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    replaced = {left + letter + right[1:] for left, right in splits if right for letter in LETTERS}
    inserted = {left + letter + right for left, right in splits for letter in LETTERS}
    return (deleted | swapped | replaced | inserted) - {word}


def test_one_edit_wins_over_another_case_and_another_case_over_two_edits() -> None:
    assert nearest("BILLING", ["billing", "BILLINGS"]) == "BILLINGS"
    assert nearest("BILLING", ["billing", "BILLIARD"]) == "billing"
    assert nearest("Triage", ["triage", "trial"]) == "triage"


def test_between_equals_nothing_is_chosen_but_both_are_offered() -> None:
    names = ["cat", "car", "dog"]
    assert nearest("caz", names) is None
    assert (
        did_you_mean("caz", names, what="agents")
        == "did you mean 'cat' or 'car'? Defined agents: cat, car, dog"
    )


def test_farther_words_are_found_in_proportion_to_their_length() -> None:
    assert nearest("instuctons", ["instructions", "description"]) == "instructions"
    assert nearest("hand_ofs", ["handoffs", "tools"]) == "handoffs"
    assert nearest("xy", ["ab", "cd"]) is None
    assert nearest("", ["ab"]) is None
    assert (
        nearest("deepseek-ai/DeepSeek-v4", ["deepseek-ai/DeepSeek-V3", "gpt-4o"]) == "deepseek-ai/DeepSeek-V3"
    )


def test_a_word_like_nothing_gets_the_list_and_a_long_list_is_cut() -> None:
    names = [f"agent_{number}" for number in range(30)]
    assert did_you_mean("zebra", [], what="agents") == "no agents are defined"
    assert did_you_mean("zebra", ["a", "b", "a"], what="tools") == "Defined tools: a, b"
    listed = ", ".join(names[:12])
    assert did_you_mean("zebra", names, what="agents") == f"Defined agents: {listed} and 18 more"


def test_thousands_of_wrong_words_among_thousands_of_names_stay_quick() -> None:
    names = tuple(f"department_number_{number}" for number in range(5_000))
    start = time.process_time()
    for number in range(1_000):
        assert nearest(f"departmentnumber_{number}x{number}", names) is None
    assert nearest("departmentnumber_4321", names) == "department_number_4321"
    assert time.process_time() - start < 5
