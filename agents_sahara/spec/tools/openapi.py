"""`openapi`: operations of a description of an HTTP API, each as a tool."""

from __future__ import annotations

from agents_sahara.spec.containers import Field, ListOf, LongKey, MapOf
from agents_sahara.spec.shapes import Text
from agents_sahara.spec.tools.http import HEADERS
from agents_sahara.spec.tools.kind import Kind

OPENAPI = Kind(
    Field("openapi", Text(), "An OpenAPI or Swagger 2.0 file (YAML or JSON) under the team file's folder."),
    (
        Field(
            "operations",
            ListOf(Text(), least=1),
            "The `operationId`s that become tools; all where it is missing.",
        ),
        Field("server", Text(most=2048), "The address of the API, instead of the file's first server."),
        Field(
            "credentials",
            MapOf(Text(most=4096), LongKey(128), most=16),
            "What the API's security schemes take, by their names; `${NAME}` reads the environment, secrets too.",
        ),
        Field(
            "headers", HEADERS, "Header lines of each request; `${NAME}` reads the environment, secrets too."
        ),
    ),
)
