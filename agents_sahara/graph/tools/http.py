"""`http`: the request that a file declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.schemas import schema_of
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.requests import (
    INSERTED,
    HttpRequest,
    Where,
    judged_url,
    place_of_entry,
    read_headers,
    read_secrets,
)
from agents_sahara.spec.tools.http import METHODS
from agents_sahara.spec.tools.values import HttpSpec
from agents_sahara.spec.values import ToolSpec
from agents_sahara.types import Json, JsonObject

_RULE = "bad-http-tool"


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """The request that `spec` declares."""
    said = spec.http
    method = None if said is None else next((name for name in METHODS if getattr(said, name)), None)
    if said is None or method is None:
        return ()
    place = said.place_of(method)
    url = judged_url(getattr(said, method), place, makings, _RULE)
    if url is None:
        return ()
    params = {name: schema_of(schema, makings.around) or {} for name, schema in (said.params or {}).items()}
    _judge_names(said, url, place, params, makings)
    schema: dict[str, Json] = {
        "type": "object",
        "properties": params,
        "required": [name for name in params if name not in (said.optional or ())],
        "additionalProperties": False,
    }
    places = {name: _place(name, method, url, said) for name in params}
    headers = read_headers(said, said.headers, makings, _RULE)
    hidden = read_secrets(said, "hidden_query", said.hidden_query, makings, _RULE)
    for name in hidden:
        if places.get(name) == "query":
            message = f"the parameter {name!r} goes into the query, where `hidden_query` has it already"
            mend = "remove it from one of the two"
            makings.around.report.add(_RULE, place_of_entry(said, "hidden_query", name), message, mend=mend)
    about = f"Sends a {method.upper()} request to {url.partition('?')[0]}."
    request = HttpRequest(method.upper(), url, schema, places, headers=headers, hidden_query=hidden)
    return (Meant(request, about),)


def _place(name: str, method: str, url: str, said: HttpSpec) -> Where:
    if name in INSERTED.findall(url):
        return "path"
    is_query = method in ("get", "delete") or name in (said.query or ())
    return "query" if is_query else "body"


def _judge_names(
    said: HttpSpec, url: str, place: Place, params: Mapping[str, JsonObject], makings: Makings
) -> None:
    inserted = INSERTED.findall(url)
    named = [(name, place) for name in inserted]
    named += [(name, said.place_of("optional")) for name in said.optional or ()]
    named += [(name, said.place_of("query")) for name in said.query or ()]
    for name, where in named:
        if name not in params:
            mend = did_you_mean(name, params, what="parameters")
            makings.around.report.add(_RULE, where, f"there is no parameter {name!r} in 'params'", mend=mend)
    for name in said.optional or ():
        if name in inserted:
            message = f"the parameter {name!r} stands in the address, so it cannot be left out"
            makings.around.report.add(
                _RULE, said.place_of("optional"), message, mend="remove it from `optional`"
            )
