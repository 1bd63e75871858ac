"""What is wrong with how a case ended: every rule, in words; nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents_sahara.errors import GatewayError, SaharaError
from agents_sahara.events import AttemptFailed, HandedOff, ProviderSwitched, RunFailed
from tests.faults.cases import KEY, Outcome
from tests.faults.play import Seen
from tests.faults.replies import FIRST_TEXT, SECOND_TEXT


def problems(seen: Seen) -> list[str]:
    """Every rule that this case breaks."""
    if seen.is_hung:
        return ["it did not end"]
    return [*_always(seen), *_BY_OUTCOME[seen.play.want(seen.way).outcome](seen)]


def _always(seen: Seen) -> Iterator[str]:
    """What holds however a case ends."""
    want, terms = seen.play.want(seen.way), seen.play.terms
    most_s = terms.deadline + max(terms.deadline / 10, 0.5) if want.within_s is None else want.within_s
    if seen.seconds > most_s:
        yield f"it took {seen.seconds:.2f} s of {most_s:g}"
    if seen.seconds < want.at_least_s:
        yield f"it took {seen.seconds:.2f} s and should have waited {want.at_least_s:g}"
    if seen.left_open:
        yield f"{seen.left_open} connections were left open"
    if seen.error is not None and not isinstance(seen.error, SaharaError):
        yield f"a raw exception: {seen.trace}"
    if KEY in f"{seen.error!r}{seen.trace}{seen.events!r}{seen.result!r}":
        yield "the key is shown"
    handed = [event for event in seen.events if isinstance(event, HandedOff)]
    if handed and want.path is None:
        yield f"it handed off: {handed}"
    calls = len(seen.case.requests)
    turns = 1 if want.path is None else len(want.path) + 1
    if calls > terms.attempts * turns and want.outcome != "limit":
        yield f"{calls} HTTP calls of {terms.attempts} attempts"


def _switch(seen: Seen) -> Iterator[str]:
    yield from _answered(seen, SECOND_TEXT)
    told = [event for event in seen.events if isinstance(event, ProviderSwitched)]
    if seen.way == "stream" and [(e.from_provider, e.to_provider) for e in told] != [("together", "lepton")]:
        yield f"switches were told as {told}"
    attempts = [(attempt.provider, attempt.outcome) for attempt in seen.attempts]
    if attempts != [("together", "failed"), ("lepton", "answered")]:
        yield f"attempts: {attempts}"
    yield from _told(seen)


def _told(seen: Seen) -> Iterator[str]:
    """A failure that was overcome has the gateway's own words in its event."""
    failures = [event for event in seen.events if isinstance(event, AttemptFailed)]
    if seen.way == "stream" and len(failures) != 1:
        yield f"failures were told as {failures}"
    want = seen.play.want(seen.way)
    words = " ".join(event.message for event in failures)
    if seen.way == "stream":
        yield from (f"{said!r} is not in {words!r}" for said in want.says if said not in words)
        if (
            want.outcome == "switch"
            and want.code
            and [event.attempt.error for event in failures] != [want.code]
        ):
            yield f"the failure counts as {[event.attempt.error for event in failures]}"


def _accept(seen: Seen) -> Iterator[str]:
    yield from _answered(seen, FIRST_TEXT)
    want = seen.play.want(seen.way)
    expected = 1 if want.calls is None else want.calls
    if len(seen.case.requests) != expected:
        yield f"{len(seen.case.requests)} HTTP calls, not {expected}"


def _again(seen: Seen) -> Iterator[str]:
    yield from _answered(seen, FIRST_TEXT)
    asked = [request.provider for request in seen.case.requests]
    calls = seen.play.want(seen.way).calls or 2
    if asked != ["together"] * calls:
        yield f"asked: {asked}"


def _answered(seen: Seen, usual: str) -> Iterator[str]:
    want = seen.play.want(seen.way)
    text = usual if want.text is None else want.text
    if seen.result is None:
        yield f"no answer but {seen.error!r}"
        return
    if seen.result.output != text:
        yield f"the answer is {seen.result.output!r}"
    if seen.way == "stream" and seen.shown != text:
        yield f"the text that was shown is {seen.shown!r}"
    if seen.result.path != (want.path or ("solo",)):
        yield f"path: {seen.result.path}"
    if len(seen.result.attempts) != len(seen.case.requests) and not seen.play.host:
        yield f"{len(seen.result.attempts)} attempts, {len(seen.case.requests)} HTTP calls"


def _stop(seen: Seen) -> Iterator[str]:
    yield from _failed(seen)
    if seen.shown:
        yield f"text was shown: {seen.shown!r}"
    if not isinstance(seen.error, GatewayError):
        return
    want = seen.play.want(seen.way)
    if seen.error.partial_text:
        yield f"partial text that nobody saw: {seen.error.partial_text!r}"
    calls = 1 if want.calls is None else want.calls
    if len(seen.case.requests) != calls:
        yield f"{len(seen.case.requests)} HTTP calls, not {calls}"


def _partial(seen: Seen) -> Iterator[str]:
    yield from _failed(seen)
    sent = seen.play.want(seen.way).text or FIRST_TEXT
    if isinstance(seen.error, GatewayError) and (
        not seen.shown or seen.error.partial_text != seen.shown or not sent.startswith(seen.shown)
    ):
        yield f"shown: {seen.shown!r}, kept: {seen.error.partial_text!r}"
    if len(seen.case.requests) != 1:
        yield f"{len(seen.case.requests)} HTTP calls"


def _failed(seen: Seen) -> Iterator[str]:
    want, error = seen.play.want(seen.way), seen.error
    if not isinstance(error, GatewayError):
        yield f"no error of a model call but {error!r} and {seen.result!r}"
        return
    if error.code != want.code:
        yield f"the error is {error.code}: {error.message}"
    if not (error.agent and error.provider and error.model and error.mend):
        yield f"the error lacks agent, provider, model or advice: {error.to_json()}"
    yield from (f"{said!r} is not in {error.message!r}" for said in want.says if said not in error.message)
    if seen.way == "stream" and not (seen.events and isinstance(seen.events[-1], RunFailed)):
        yield f"the last event is {seen.events[-1:]}"


def _limit(seen: Seen) -> Iterator[str]:
    want = seen.play.want(seen.way)
    if not isinstance(seen.error, SaharaError) or seen.error.code != want.code:
        yield f"it ended with {seen.error!r}"
    if len(seen.case.requests) != want.calls:
        yield f"{len(seen.case.requests)} HTTP calls, not {want.calls}"


def _sound(seen: Seen) -> Iterator[str]:
    if seen.error is not None:
        yield from _partial(seen)
    elif seen.result is not None and len(seen.result.attempts) > 1:
        yield from _switch(seen)
    else:
        yield from _accept(seen)


_BY_OUTCOME: dict[Outcome, Callable[[Seen], Iterator[str]]] = {
    "switch": _switch,
    "accept": _accept,
    "again": _again,
    "stop": _stop,
    "partial": _partial,
    "limit": _limit,
    "sound": _sound,
}
