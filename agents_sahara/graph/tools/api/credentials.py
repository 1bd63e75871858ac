"""Who calls an API: the security schemes of its description, and what the operator gives for them.

A credential goes where its scheme says, into a header, the query or a cookie; no model sees it or has a say in it.
OpenAPI Specification 3.0.4, "Security Scheme Object" and "Security Requirement Object" (checked 2026-11-28).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.tools.api.document import Document, Operation, as_list, as_map
from agents_sahara.graph.tools.api.inputs import Set
from agents_sahara.graph.tools.api.sheets import RULE
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.graph.tools.requests import OURS, TOKEN, place_of_entry, read_headers, read_secrets
from agents_sahara.settings import Secret
from agents_sahara.spec.values import ToolSpec

_COOKIE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
"""What the value of a cookie may hold: RFC 6265, section 4.1.1 (checked 2026-11-28)."""


@dataclass(slots=True)
class Credentials:
    """All that the operator sends beside what models say."""

    headers: dict[str, Secret] = field(default_factory=dict)
    query: dict[str, Secret] = field(default_factory=dict)
    cookies: dict[str, Secret] = field(default_factory=dict)
    schemes: set[str] = field(default_factory=set)
    """Names of the schemes that have theirs."""

    @property
    def set_(self) -> Set:
        """What no parameter sets any more."""
        return Set(list(self.headers), list(self.query), list(self.cookies))


def credentials_of(spec: ToolSpec, document: Document, makings: Makings) -> Credentials:
    """What `spec` gives; what cannot be sent is reported where it stands."""
    made = Credentials(read_headers(spec, spec.headers, makings, RULE))
    known = as_map(as_map(document.root.get("components")).get("securitySchemes"))
    for name, secret in read_secrets(spec, "credentials", spec.credentials, makings, RULE).items():
        problem, mend = f"{spec.openapi!r} has no security scheme {name!r}", ""
        if name in known:
            problem = _add(made, as_map(document.followed(known[name])), secret) or ""
            problem = problem and f"the credential {name!r} {problem}"
            mend = "give what its security scheme wants, as TEAM_FILE.md tells"
            made.schemes.add(name)
        else:
            mend = did_you_mean(name, known, what="security schemes")
        if problem:
            makings.around.report.add(RULE, place_of_entry(spec, "credentials", name), problem, mend=mend)
    return made


def _add(made: Credentials, scheme: Mapping[str, Any], secret: Secret) -> str | None:
    """Put `secret` where `scheme` wants it; why it cannot stand there."""
    kind, where, name = (str(scheme.get(word, "")) for word in ("type", "in", "name"))
    if kind == "http" and str(scheme.get("scheme")).lower() == "basic":
        if ":" not in secret.reveal():
            return "is no `user:password`, which basic authentication takes"
        packed = base64.b64encode(secret.reveal().encode()).decode()
        return _put(made.headers, "Authorization", f"Basic {packed}")
    if kind in ("oauth2", "openIdConnect") or (
        kind == "http" and str(scheme.get("scheme")).lower() == "bearer"
    ):
        return _put(made.headers, "Authorization", f"Bearer {secret.reveal()}")
    if (
        kind == "apiKey"
        and where == "header"
        and TOKEN.fullmatch(name)
        and name.lower() not in OURS | {"cookie"}
    ):
        return _put(made.headers, name, secret.reveal())
    if kind == "apiKey" and where == "query" and name:
        return _put(made.query, name, secret.reveal())
    if kind == "apiKey" and where == "cookie" and TOKEN.fullmatch(name):
        if any(one.lower() == "cookie" for one in made.headers):
            return "is a cookie, and `headers` has a line with cookies already"
        return (
            _put(made.cookies, name, secret.reveal())
            if _COOKIE.fullmatch(secret.reveal())
            else "is no cookie"
        )
    return f"cannot be sent: its scheme is {kind or 'of no type'} {scheme.get('scheme') or where}".rstrip()


def _put(place: dict[str, Secret], name: str, text: str) -> str | None:
    if any(one.lower() == name.lower() for one in place):
        return f"sets {name!r}, which is set already"
    place[name] = Secret(text)
    return None


def lacking(operation: Operation, document: Document, given: Credentials) -> list[str]:
    """Schemes of the way in that lacks the fewest credentials; empty where one lacks none."""
    said = operation.said.get("security", document.root.get("security"))
    known = as_map(as_map(document.root.get("components")).get("securitySchemes"))
    ways = [
        [
            name
            for name in as_map(way)
            if not _is_given(name, as_map(document.followed(known.get(name))), given)
        ]
        for way in as_list(said)
    ]
    return min(ways, key=len, default=[])


def _is_given(name: str, scheme: Mapping[str, Any], given: Credentials) -> bool:
    return name in given.schemes or any(header.lower() in _headers(scheme) for header in given.headers)


def _headers(scheme: Mapping[str, Any]) -> Iterator[str]:
    """Header lines that can hold what `scheme` wants."""
    if scheme.get("type") != "apiKey":
        yield "authorization"
    elif scheme.get("in") == "cookie":
        yield "cookie"
    elif scheme.get("in") == "header":
        yield str(scheme.get("name")).lower()
