"""`http`: one request that the file declares; the model fills in its parameters and nothing else."""

from __future__ import annotations

from itertools import combinations

from agents_sahara.spec.containers import Apart, Field, ListOf, LongKey, MapOf, Record
from agents_sahara.spec.json_schema import JsonSchema
from agents_sahara.spec.names import ChosenKey
from agents_sahara.spec.shapes import Text
from agents_sahara.spec.tools.kind import Kind
from agents_sahara.spec.tools.values import HttpSpec

METHODS = ("get", "post", "put", "patch", "delete")

_url = Text(most=2048)

HEADERS = MapOf(Text(most=4096), LongKey(64), most=32)
"""Header lines by name; values may read secrets of the environment."""

_http: Record[HttpSpec] = Record(
    "http",
    HttpSpec,
    (
        *(
            Field(
                method,
                _url,
                f"The address of a {method.upper()} request; `{{{{ name }}}}` inserts a parameter.",
            )
            for method in METHODS
        ),
        Field(
            "params",
            MapOf(JsonSchema(), ChosenKey(), most=64),
            "JSON Schemas of the parameters by name; one that the address does not insert goes into the query of "
            "GET and DELETE, and into a JSON body elsewhere.",
        ),
        Field(
            "optional", ListOf(Text()), "Parameters that the model may leave out; all others it must give."
        ),
        Field("query", ListOf(Text()), "Parameters that go into the query whatever the method is."),
        Field(
            "hidden_query",
            MapOf(Text(most=4096), LongKey(128), most=16),
            "What is added to the query and no model sees; `${NAME}` reads the environment, secrets too.",
        ),
        Field("headers", HEADERS, "Header lines; `${NAME}` reads the environment, secrets too."),
    ),
    one_of=METHODS,
    apart=tuple(
        Apart(first, second, "keep one: a request has one method")
        for first, second in combinations(METHODS, 2)
    ),
)

HTTP = Kind(Field("http", _http, "A request to a host that the operator allows."))
