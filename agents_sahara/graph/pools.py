"""The members that answer an agent's calls, in order, and how hard a call tries them."""

from __future__ import annotations

from dataclasses import dataclass

from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import Fallback, ModelTarget
from agents_sahara.spec.values import AliasSpec, FallbackSpec

_USUAL = Fallback()


@dataclass(frozen=True, slots=True)
class Pool:
    """What stands behind one agent; without members where something was refused."""

    members: tuple[ModelTarget, ...]
    fallback: Fallback = _USUAL
    is_sticky: bool = False


def policy(spec: FallbackSpec | None) -> Fallback:
    """How hard a call tries, with the defaults for what the file does not say."""
    usual = _USUAL
    if spec is None:
        return usual
    return Fallback(
        attempts=usual.attempts if spec.attempts is None else spec.attempts,
        deadline_s=_said(spec.deadline, usual.deadline_s),
        attempt_timeout_s=_said(spec.attempt_timeout, usual.attempt_timeout_s),
        first_token_s=_said(spec.first_token, usual.first_token_s),
        idle_s=_said(spec.idle, usual.idle_s),
        cooldown_s=_said(spec.cooldown, usual.cooldown_s),
    )


def _said(seconds: float | None, usual: float) -> float:
    return usual if seconds is None else seconds


def judge_pairs(alias: AliasSpec, around: Surroundings) -> None:
    """No pair may stand twice in a pool: the second could not be told from the first."""
    seen: set[tuple[str, str]] = set()
    for member in alias.pool or ():
        if member.provider is None or member.model is None:
            continue
        pair = (member.provider, member.model)
        if pair in seen:
            message = f"{member.model!r} of provider {member.provider!r} stands in this pool already"
            mend = "keep one of the two: `attempts` says how often a call tries"
            around.report.add("duplicate-member", member.node.place, message, mend=mend)
        seen.add(pair)
