"""Which other members need not share a failure: pure decisions over members and destinations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from agents_sahara.clients.hermetic import Destination
from agents_sahara.errors import AccessError, BadRequestError, GatewayError, HostError
from agents_sahara.routing.failures import words_of
from agents_sahara.routing.health import Pair
from agents_sahara.routing.pool import Member

_CAPABILITY = re.compile(
    r"tool|function|response_format|json_schema|parameter|not support|unsupported|context|too long|too many tokens",
    re.IGNORECASE,
)
"""Words of a refusal that another member may not share."""

_CONTEXT = re.compile(r"context|too long|too many tokens|too large", re.IGNORECASE)


def movable(
    failure: GatewayError,
    failed: Member,
    others: Sequence[Member],
    destination: Callable[[str], Destination],
) -> list[Pair]:
    """Those of `others` that may answer where `failed` did not; `destination` gives that of a provider."""
    here = destination(failed.pair.provider)
    if is_of_key(failure):
        others = [one for one in others if destination(one.pair.provider).key != here.key]
    elif isinstance(failure, HostError):
        host = urlsplit(here.base_url).netloc
        others = [one for one in others if urlsplit(destination(one.pair.provider).base_url).netloc != host]
    elif isinstance(failure, BadRequestError):
        is_long = is_too_long(failure)
        if not is_long and not _CAPABILITY.search(words_of(failure)):
            return []
        if is_long:
            others = [one for one in others if _holds_more(one, failed)]
    return [member.pair for member in others]


def is_too_long(failure: GatewayError) -> bool:
    """Whether the conversation is more than the member takes."""
    is_refused = isinstance(failure, BadRequestError)
    return is_refused and (failure.status == 413 or _CONTEXT.search(words_of(failure)) is not None)


def is_of_key(failure: GatewayError) -> bool:
    """Whether every member that has the same key would be refused too."""
    return isinstance(failure, AccessError) or failure.status == 402


def _holds_more(candidate: Member, failed: Member) -> bool:
    """Whether a conversation that is too long for one may fit the other; unknown sizes may."""
    return candidate.context is None or failed.context is None or candidate.context > failed.context
