"""Values of tools that make requests, and of the schemas in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents_sahara.spec.parts import Part
from agents_sahara.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchemaSpec(Part):
    """A JSON Schema, or the file that has it."""

    value: JsonObject | None = None
    file: str | None = None
    of_object: bool = False
    """Whether it must describe an object."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HttpSpec(Part):
    """A request of a tool, before variables are filled in."""

    get: str | None = None
    post: str | None = None
    put: str | None = None
    patch: str | None = None
    delete: str | None = None
    params: Mapping[str, SchemaSpec] | None = None
    optional: tuple[str, ...] | None = None
    query: tuple[str, ...] | None = None
    hidden_query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
