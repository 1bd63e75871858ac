"""How a team file names models: `model` and `fallback` of an agent, and the aliases of `models`.

An alias is one (provider, model) pair or a pool of them; `fallback` under an alias says how hard a call tries,
`fallback` under an agent or `defaults` which aliases come after its own.
"""

from __future__ import annotations

from decimal import Decimal

from agents_sahara.source import nodes
from agents_sahara.spec.containers import Apart, Either, Field, ListOf, Record
from agents_sahara.spec.days import Day
from agents_sahara.spec.durations import Duration
from agents_sahara.spec.model_settings import SETTINGS
from agents_sahara.spec.names import MODEL_ID, MODEL_NAME, PROVIDER
from agents_sahara.spec.shapes import Choice, Drawing, Drawn, Number, Reading, Text, Whole, Written
from agents_sahara.spec.values import AliasSpec, BackupSpec, FallbackSpec, MemberSpec, ModelSpec, PriceSpec

MOST_SOURCE = 500
"""Characters of a price's source; a web address rarely has more than a few dozen."""

MOST_ATTEMPTS = 20
"""Of one model call; so more members than that could not be tried either."""

PROVIDER_NAME = Text(
    pattern=PROVIDER,
    rule="bad-provider",
    expects="a provider's name: a-z and 0-9, then also '.', '_' and '-'",
    kind="provider",
)
_model_id = Text(
    pattern=MODEL_ID,
    rule="bad-model-id",
    expects="a model id: ASCII letters, digits, '.', '_', ':', '/', '-'",
    kind="model",
)
_model_name = Text(
    pattern=MODEL_NAME, rule="bad-model-id", expects="an alias of `models`, or a model id", kind="model"
)


class Money:
    """USD, exact as written."""

    noun = "a number"

    def __init__(self, least: float = 0, most: float = 1_000_000) -> None:
        self._number = Number(least, most)

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> Decimal | None:
        """The amount."""
        value = self._number.read(node, owner, reading)
        if value is None:
            return None
        is_exact = isinstance(value, float) and isinstance(node, nodes.Scalar)
        return Decimal(node.text) if is_exact and isinstance(node, nodes.Scalar) else Decimal(value)

    def draw(self, drawing: Drawing) -> Drawn:
        """A number."""
        return self._number.draw(drawing)


def _model(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> ModelSpec:
    return ModelSpec(node=node, owner=owner, name=text)


def _backup(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> BackupSpec:
    return BackupSpec(node=node, owner=owner, alias=text)


MODEL: Either[ModelSpec] = Either(
    Written(_model_name, _model),
    Record(
        "model",
        ModelSpec,
        (
            Field("use", _model_name, "An alias of `models`."),
            Field("id", _model_id, "A model id, meant as it stands."),
            Field("provider", PROVIDER_NAME, "The provider that serves `id`."),
            Field("settings", SETTINGS, "Settings on top of the alias's."),
        ),
        one_of=("use", "id"),
        apart=(Apart("use", "provider"),),
    ),
)

BACKUPS: ListOf[BackupSpec] = ListOf(
    Written(Text(), _backup),
    most=MOST_ATTEMPTS,
    noun="a list of aliases",
)
"""`fallback` of an agent or of the defaults."""

_price: Record[PriceSpec] = Record(
    "price",
    PriceSpec,
    (
        Field("input", Money(), "USD per million tokens that are sent.", required=True),
        Field("output", Money(), "USD per million tokens that are answered.", required=True),
        Field("source", Text(most=MOST_SOURCE), "Where the price stands, such as a web address."),
        Field("date", Day(), "The day on which it stood there."),
    ),
)
_PRICE = Field("price", _price, "What the model costs; without it the cost of a run is unknown.")

_member: Record[MemberSpec] = Record(
    "member",
    MemberSpec,
    (
        Field("provider", PROVIDER_NAME, "The provider that serves this member.", required=True),
        Field("model", _model_id, "The model id as this provider calls it.", required=True),
        Field("settings", SETTINGS, "Settings of calls to this member; they win over the alias's."),
        _PRICE,
        Field("context", Whole(1, 1_000_000_000), "Tokens that this member's window holds."),
    ),
    noun="a map with provider and model",
    item="a member of this pool",
)

_policy: Record[FallbackSpec] = Record(
    "fallback",
    FallbackSpec,
    (
        Field("attempts", Whole(1, MOST_ATTEMPTS), "Most attempts of one model call, over all members."),
        Field("deadline", Duration(), "Most time of one model call, over all attempts and waits."),
        Field("attempt_timeout", Duration(), "Most time of one attempt at a whole answer."),
        Field("first_token", Duration(), "Most time until a stream's first output."),
        Field("idle", Duration(), "Most time between two pieces of a stream."),
        Field("cooldown", Duration(), "Rest of a member that failed; doubles with each failure in a row."),
    ),
    noun="a map of attempts and times",
)

STRUCTURED_OUTPUT = Field(
    "structured_output",
    Choice("auto", "schema", "object", "prompt"),
    "How answers with a schema are asked for: as `schema`, as any JSON `object`, in the `prompt`, or `auto`.",
    default="auto",
)
"""Of an alias, or of a provider."""

_IN_MEMBER = "move it into the members: `pool: [{provider: ..., model: ...}, ...]`"

ALIAS: Record[AliasSpec] = Record(
    "alias",
    AliasSpec,
    (
        Field("provider", PROVIDER_NAME, "The provider that serves the model."),
        Field("model", _model_id, "The model id."),
        Field(
            "pool",
            ListOf(_member, least=1, most=MOST_ATTEMPTS),
            "Several (provider, model) pairs in order of preference, instead of one.",
        ),
        Field("settings", SETTINGS, "Settings of calls to this model; they win over the defaults'."),
        _PRICE,
        Field("fallback", _policy, "How hard one call tries before it fails."),
        Field(
            "sticky",
            Choice("conversation"),
            "`conversation`: stay with the member that answered, until it fails.",
        ),
        STRUCTURED_OUTPUT,
    ),
    one_of=("model", "pool"),
    apart=(
        Apart("pool", "provider", _IN_MEMBER),
        Apart("pool", "model", _IN_MEMBER),
        Apart("pool", "price", "move it into the members: each has its own price"),
    ),
)
"""An entry of `models`."""
