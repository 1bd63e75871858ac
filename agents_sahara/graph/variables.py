"""`${NAME}` in `vars`, `providers` and `session`: values from the environment, never secrets.

Four forms: `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` for a dollar sign. What is filled in is
not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.settings import KEY_NAMES
from agents_sahara.spec.values import ProviderSpec, TeamSpec

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_FORMS = re.compile(
    rf"\$\$|\$\{{(?P<name>{_NAME})(?::(?P<how>[-?])(?P<rest>(?:[^}}$]|\$(?!\{{))*))?\}}|\$\{{"
)
DOLLAR = re.compile(rf"\$\{{{_NAME}(?::[-?][^}}$]*+)?\}}")
"""What looks like one of the forms, where they mean nothing."""
_SECRET = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)


def fill_in(
    text: str,
    place: Place,
    secrets: Collection[str],
    around: Surroundings,
    *,
    may_be_password: bool = False,
    may_be_secret: bool = False,
) -> str | None:
    """`text` with every form replaced; None where one could not be.

    `may_be_password`: names that end in PASSWORD may be read, for a text that no model and no message shows.
    `may_be_secret`: so may all but those of keys for models, for a text that goes to one allowed host alone.
    """
    if "$" not in text:
        return text
    parts: list[str] = []
    is_whole, end = True, 0
    for form in _FORMS.finditer(text):
        name = (form["name"] or "").upper()
        is_free = may_be_secret or (may_be_password and name.endswith("PASSWORD"))
        value = _value(form, place, secrets, around, is_free=is_free)
        parts += text[end : form.start()], value or ""
        is_whole, end = is_whole and value is not None, form.end()
    return "".join((*parts, text[end:])) if is_whole else None


def _value(
    form: re.Match[str],
    place: Place,
    secrets: Collection[str],
    around: Surroundings,
    *,
    is_free: bool,
) -> str | None:
    if form[0] == "$$":
        return "$"
    name = form["name"]
    if name is None:
        mend = "write ${NAME}, ${NAME:-default} or ${NAME:?message}; $$ gives a dollar sign"
        around.report.add("bad-variable", place, "'${' begins no variable here", mend=mend)
        return None
    around.variables[name] = None
    if around.is_untrusted:
        refuse_untrusted(f"reads the variable {name!r} of the environment", place, around)
        return None
    if name in secrets or name in KEY_NAMES or (_SECRET.search(name) and not is_free):
        message = f"the variable {name!r} may hold a secret, so nothing here may read it"
        mend = "a provider's key belongs in `api_key_env`; otherwise use a variable with another name"
        around.report.add("secret-variable", place, message, mend=mend)
        return None
    return None if around.environ is None else _looked_up(form, around.environ, place, around)


def refuse_untrusted(what: str, place: Place, around: Surroundings) -> None:
    """Say that a file from a stranger may not do this."""
    mend = "remove it, or run the file as your own: without --untrusted, trust='operator'"
    around.report.add("not-for-untrusted", place, f"the file {what}, and is run as untrusted", mend=mend)


def _looked_up(
    form: re.Match[str], environ: Mapping[str, str], place: Place, around: Surroundings
) -> str | None:
    name, how, rest = form["name"], form["how"], form["rest"]
    value = environ.get(name)
    if how is None and value is not None:
        return value
    if how is not None and value:
        return value
    if how == "-":
        return rest
    state = "empty" if value == "" else "not set"
    message = f"the variable {name!r} is {state}" + (f": {rest}" if rest else "")
    mend = f"set it, or give it a default: ${{{name}:-default}}"
    around.report.add("unset-variable", place, message, mend=mend)
    return None


def filled_in(text: str, environ: Mapping[str, str]) -> str:
    """`text`, which was found good when the file was read, with what `environ` holds now.

    Raises:
        KeyError: a variable is not set any more.
    """

    def value(form: re.Match[str]) -> str:
        name, how = form["name"], form["how"]
        if name is None:
            return "$"
        said = environ.get(name)
        if said is None or (how is not None and not said):
            if how != "-":
                raise KeyError(name)
            return str(form["rest"])
        return said

    return _FORMS.sub(value, text)


def secret_names(spec: TeamSpec) -> frozenset[str]:
    """Variables that hold a provider's key, in any profile."""
    teams = [spec, *(spec.profiles or {}).values()]
    providers: list[ProviderSpec] = [
        provider for team in teams for provider in (team.providers or {}).values()
    ]
    return frozenset(provider.api_key_env for provider in providers if provider.api_key_env)


def variables(spec: TeamSpec, secrets: Collection[str], around: Surroundings) -> dict[str, str | None]:
    """Every variable by name; None for one whose value could not be found, which was reported."""
    values: dict[str, str | None] = dict.fromkeys(spec.names("vars"))
    for name, var in (spec.vars or {}).items():
        given = around.given_vars.get(name)
        if given is None:
            values[name] = fill_in(var.text, var.node.place, secrets, around)
        else:
            fill_in(var.text, var.node.place, secrets, _not_judged(around))
            values[name] = given
    for name in around.given_vars:
        if name not in values:
            place = spec.key_place("vars")
            mend = did_you_mean(name, values, what="variables")
            around.report.add("unknown-var", place, f"there is no variable {name!r} to set", mend=mend)
    return values


def _not_judged(around: Surroundings) -> Surroundings:
    return Surroundings(files=around.files, report=around.report, environ=None, masks=around.masks)
