"""`openapi`: which operations of an API a file means, each as a request with open parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.tools.api.document import (
    RULE,
    Document,
    Operation,
    as_list,
    as_map,
    read_document,
)
from agents_sahara.graph.tools.api.inputs import Input, UnfitError, inputs_of
from agents_sahara.graph.tools.api.schemas import MOST_ABOUT
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.names import MOST_TOOL_NAME
from agents_sahara.graph.tools.requests import OpenApiRequest, judged_url, read_headers
from agents_sahara.spec.values import ToolSpec

_MOST_TOOLS = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_CHOOSE = "mend the file, or choose other `operations`"


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """The operations that `spec` means."""
    if spec.openapi is None:
        return ()
    place = spec.place_of("openapi")
    document = read_document(spec.openapi, place, makings)
    if document is None:
        return ()
    return tuple(_Api(document, spec, place, makings).tools())


class _Api:
    """A description of an API, as one team uses it."""

    def __init__(self, document: Document, spec: ToolSpec, place: Place, makings: Makings) -> None:
        self._document = document
        self._spec = spec
        self._place = place
        self._makings = makings
        self._report = makings.around.report
        self._headers = read_headers(spec, spec.headers, makings, RULE)

    def tools(self) -> Iterator[Meant]:
        """One for each operation that is meant."""
        chosen = self._chosen()
        if len(chosen) > _MOST_TOOLS:
            message = (
                f"{self._spec.openapi!r} has {len(chosen)} operations; at most {_MOST_TOOLS} become tools"
            )
            self._report.add(RULE, self._place, message, mend="choose some with `operations: [...]`")
            return
        taken: set[str] = set()
        for one in chosen:
            request = self._request(one)
            if request is not None:
                name = _name(one.id, taken)
                taken.add(name)
                yield Meant(request, (one.about or one.id)[:MOST_ABOUT], name)
        if self._document.lost:
            message = f"{self._spec.openapi!r} refers to {self._document.lost[0]!r}, which is not in it"
            self._report.add(
                RULE, self._place, message, mend="put all that the operations need into one file"
            )

    def _chosen(self) -> list[Operation]:
        wanted = self._spec.operations
        known: dict[str, Operation] = {}
        for one in self._document.operations():
            if one.id in known and (wanted is None or one.id in wanted):
                message = f"{self._spec.openapi!r} has two operations {one.id!r}"
                self._report.add(RULE, self._place, message, mend=_CHOOSE)
            known.setdefault(one.id, one)
        for name in wanted or ():
            if name not in known:
                message = f"{self._spec.openapi!r} has no operation {name!r}"
                mend = did_you_mean(name, known, what="operations")
                self._report.add("unknown-operation", self._spec.place_of("operations"), message, mend=mend)
        return [one for one in known.values() if wanted is None or one.id in wanted]

    def _request(self, one: Operation) -> OpenApiRequest | None:
        try:
            inputs = inputs_of(one, self._document, self._headers)
        except UnfitError as unfit:
            self._refuse(one, str(unfit))
            return None
        base = self._base(one)
        url = None if base is None else self._address(base, one, inputs)
        if url is None:
            return None
        body = next((said for said in inputs if said.where == "whole_body"), None)
        return OpenApiRequest(
            one.method.upper(),
            url,
            _schema(inputs),
            places={said.argument: said.where for said in inputs},
            names={said.argument: said.name for said in inputs},
            headers=self._headers,
            styles={said.argument: said.style for said in inputs},
            media="application/json" if body is None else _plain_media(body.media),
            parts={} if body is None else body.parts or {},
        )

    def _refuse(self, one: Operation, problem: str) -> None:
        message = f"the operation {one.id!r} of {self._spec.openapi!r} {problem}"
        self._report.add(RULE, self._place, message, mend=_CHOOSE)

    def _base(self, one: Operation) -> str | None:
        if self._spec.server is not None:
            return judged_url(self._spec.server, self._spec.place_of("server"), self._makings, RULE)
        owners = (one.said, one.item, self._document.root)
        server = next((as_map(owner["servers"][0]) for owner in owners if as_list(owner.get("servers"))), {})
        url = str(server.get("url", ""))
        for name, variable in as_map(server.get("variables")).items():
            url = url.replace(f"{{{name}}}", str(as_map(variable).get("default", "")))
        if "://" in url:
            return judged_url(url.replace("$", "$$"), self._place, self._makings, RULE)
        message = f"{self._spec.openapi!r} does not say at which address the API is"
        self._report.add(RULE, self._place, message, mend='add `server: "https://..."` beside `openapi`')
        return None

    def _address(self, base: str, one: Operation, inputs: Sequence[Input]) -> str | None:
        known = {said.name: said.argument for said in inputs if said.where == "path"}
        named = re.findall(r"\{([^{}]+)\}", one.path)
        if not one.path.startswith("/") or any(name not in known for name in named):
            self._refuse(one, "has a path that cannot be filled in")
            return None
        path = re.sub(r"\{([^{}]+)\}", lambda match: f"{{{{ {known[match[1]]} }}}}", one.path)
        return judged_url(f"{base.rstrip('/')}{path}".replace("$", "$$"), self._place, self._makings, RULE)


def _schema(inputs: Sequence[Input]) -> dict[str, Any]:
    properties: Mapping[str, Any] = {said.argument: said.schema for said in inputs}
    return {
        "type": "object",
        "properties": properties,
        "required": [said.argument for said in inputs if said.is_required],
        "additionalProperties": False,
    }


def _name(id_: str, taken: Collection[str]) -> str:
    """A name for the model; long ones that begin alike are told apart by a number."""
    plain = re.sub("__+", "_", _NOT_IN_NAMES.sub("_", id_)).strip("_")
    name, number = plain[:MOST_TOOL_NAME], 1
    while name in taken and len(plain) > MOST_TOOL_NAME:
        number += 1
        name = f"{plain[: MOST_TOOL_NAME - 4]}_{number}"
    return name


def _plain_media(media: str) -> str:
    return "application/json" if "*" in media else media
