"""Which models of which providers answer an agent: aliases, ids, pools, defaults and settings.

A name is an alias where `models` has one, else it is an id. Ids need a provider; aliases bring their own.
After an agent's own members come those of the aliases in its `fallback` list, each pair once.
Settings merge key by key, the nearest level winning: agent, pool member, alias, defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from agents_sahara.diagnostics.finding import Place
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.endpoints import structured_output
from agents_sahara.graph.neighbours import Neighbours
from agents_sahara.graph.pools import Pool, judge_pairs, policy
from agents_sahara.graph.settings_levels import merged
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.uses import Uses
from agents_sahara.graph.values import AUTO, Endpoint, ModelTarget
from agents_sahara.source.nodes import Spot
from agents_sahara.spec.documented import MODELS, PROVIDERS
from agents_sahara.spec.models import MOST_ATTEMPTS
from agents_sahara.spec.names import MODEL_ID, normal
from agents_sahara.spec.parts import Part
from agents_sahara.spec.values import (
    AgentSpec,
    AliasSpec,
    BackupSpec,
    DefaultsSpec,
    MemberSpec,
    ModelSpec,
    PriceSpec,
    TeamSpec,
)
from agents_sahara.types import TEAM_FILE, Price

_is_model_id = re.compile(MODEL_ID).search


class Models:
    """Looks up models for the agents of one team, and remembers which aliases were used."""

    def __init__(self, spec: TeamSpec, endpoints: Mapping[str, Endpoint], around: Surroundings) -> None:
        self._spec = spec
        self._names = dict.fromkeys(spec.names("models"))
        self._near = Neighbours(self._names)
        self._defaults = spec.defaults or DefaultsSpec(node=spec.node)
        self._endpoints = endpoints
        self._around = around
        self.used = Uses()
        self._base = merged({}, self._defaults.settings)
        """The settings of a model that brings none of its own."""
        self._members = {name: self._of_alias(name, alias) for name, alias in (spec.models or {}).items()}
        self._judge_defaults()

    def pool(self, agent: AgentSpec) -> Pool:
        """What answers the agent's calls; without members after a finding said why nothing can."""
        own, name = self._own(agent)
        members = [self._told(member, agent) for member in (*own, *self._backups(agent, own))]
        if agent.output is not None:
            said = ((one.alias, None if one.structured_output else one.provider) for one in members)
            self.used.shaped.update(said)
        alias = None if name is None else (self._spec.models or {}).get(name)
        if alias is None or name is None:
            return Pool(tuple(members))
        self.used.leading.add(name)
        if len(members) > 1 or any(member.provider == AUTO for member in members):
            self.used.pooled.add(name)
        return Pool(tuple(members), policy(alias.fallback), is_sticky=alias.sticky is not None)

    def _own(self, agent: AgentSpec) -> tuple[tuple[ModelTarget, ...], str | None]:
        """The members of the agent's own model, and its alias."""
        model = self._model_of(agent)
        if model is None:
            if not agent.says("model") and not self._defaults.says("model"):
                self._report_missing_model(agent)
            return (), None
        name = self._alias_name(model)
        if name is not None:
            return self._by_alias(name, agent, model), name
        target = self._by_id(agent, model)
        return (() if target is None else (target,)), None

    def _backups(self, agent: AgentSpec, own: tuple[ModelTarget, ...]) -> Iterator[ModelTarget]:
        """Members of the aliases in the list that holds for the agent, without pairs that stand before them."""
        level = agent if agent.says("fallback") else self._defaults
        if level is self._defaults:
            self.used.defaults.add("fallback")
        seen = {(member.provider, member.model) for member in own}
        for backup in level.fallback or ():
            for member in self._listed(backup):
                pair = (member.provider, member.model)
                if pair not in seen:
                    seen.add(pair)
                    self.used.backups.add(backup.node.place)
                    yield member
            if len(seen) > MOST_ATTEMPTS:
                self._report_many(level.key_place("fallback"))
                return

    def _listed(self, backup: BackupSpec) -> tuple[ModelTarget, ...]:
        name = normal(backup.alias)
        self.used.aliases.add(name)
        return self._members.get(name, ()) if self._is_alias(name, backup.node.place) else ()

    def _report_many(self, place: Place) -> None:
        message = f"more than {MOST_ATTEMPTS} models stand behind one agent, and no call tries so many"
        self._around.report.add("too-many-members", place, message, mend="shorten the list, or its pools")

    def _told(self, member: ModelTarget, agent: AgentSpec) -> ModelTarget:
        """The member with the agent's own settings over its own."""
        model = self._model_of(agent)
        levels = [level for level in (model.settings if model else None, agent.settings) if level is not None]
        return replace(member, settings=merged(member.settings, *levels)) if levels else member

    def _model_of(self, agent: AgentSpec) -> ModelSpec | None:
        if agent.says("model"):
            return agent.model
        self.used.defaults.add("model")
        return self._defaults.model

    def _judge_defaults(self) -> None:
        """The defaults must be good even where every agent has its own."""
        for backup in self._defaults.fallback or ():
            self._is_alias(normal(backup.alias), backup.node.place)
        model = self._defaults.model
        if model is None:
            return
        name = self._alias_name(model)
        if name is None:
            self._model_id(model)
        else:
            self._is_alias(name, model.place_of("use"))

    def _is_alias(self, name: str, place: Place) -> bool:
        if name in self._names:
            return True
        mend = did_you_mean(name, self._names, what="aliases")
        message = f"there is no alias {name!r} in 'models'"
        self._around.report.add("unknown-model-alias", place, message, mend=mend)
        return False

    def _alias_name(self, model: ModelSpec) -> str | None:
        """The alias that is meant, defined or not; None for an id."""
        if model.use is not None:
            return normal(model.use)
        name = None if model.name is None else normal(model.name)
        return name if name in self._names else None

    def _by_alias(self, name: str, agent: AgentSpec, model: ModelSpec) -> tuple[ModelTarget, ...]:
        self.used.aliases.add(name)
        if not self._is_alias(name, model.place_of("use")):
            return ()
        if agent.says("provider"):
            message = f"the alias {name!r} brings its own provider, so 'provider' cannot stand beside it"
            mend = f"remove `provider`, or name the model by its id: `model: {{id: ...}}` instead of {name!r}"
            self._around.report.add("provider-beside-alias", agent.key_place("provider"), message, mend=mend)
        return self._members.get(name, ())

    def _of_alias(self, name: str, alias: AliasSpec) -> tuple[ModelTarget, ...]:
        """Every member of an alias, with the settings that hold for it under any agent's."""
        judge_pairs(alias, self._around)
        parts = (alias,) if alias.pool is None else alias.pool
        members = (self._member(name, part, alias) for part in parts)
        return tuple(member for member in members if member is not None)

    def _member(self, name: str, part: AliasSpec | MemberSpec, alias: AliasSpec) -> ModelTarget | None:
        if part.model is None:
            return None
        provider = self._provider(part, part)
        if provider is None:
            return None
        self._doubt_model(part.model, provider, part.spot_of("model"))
        own = part.settings if isinstance(part, MemberSpec) else None
        return ModelTarget(
            provider,
            part.model,
            alias=name,
            settings=merged({}, self._defaults.settings, alias.settings, own),
            price=_price(part.price),
            context=part.context if isinstance(part, MemberSpec) else None,
            model_spot=part.spot_of("model"),
            provider_spot=self._provider_spot(part),
            structured_output=structured_output(alias.structured_output),
        )

    def _by_id(self, agent: AgentSpec, model: ModelSpec) -> ModelTarget | None:
        if model.name is None and model.id is None:
            return None  # its value was refused
        model_id = self._model_id(model)
        provider = None if model_id is None else self._provider_of_id(agent, model)
        if model_id is None or provider is None:
            return None
        spot = model.spot_of("id") if model.id is not None else model.node
        self._doubt_model(model_id, provider, spot)
        return ModelTarget(
            provider,
            model_id,
            settings=self._base,
            model_spot=spot,
            provider_spot=self._provider_spot(model, agent),
        )

    def _model_id(self, model: ModelSpec) -> str | None:
        """The id that is meant; a bare one must not be a slip of an alias."""
        if model.name is None:
            return model.id
        near = self._near.of(normal(model.name))
        if near:
            message = f"{model.name!r} is no alias, but one edit away from {' and '.join(map(repr, near))}"
            meant = f"did you mean {near[0]!r}? " if len(near) == 1 else ""
            mend = f"{meant}If the id is meant, write `model: {{id: {model.name}}}`"
            self._around.report.add("near-alias", model.node.place, message, mend=mend)
            return None
        if _is_model_id(model.name):
            return model.name
        message = f"{model.name!r} is no alias of 'models' and cannot be a model id"
        mend = did_you_mean(model.name, self._names, what="aliases")
        self._around.report.add("bad-model-id", model.node.place, message, mend=mend)
        return None

    def _provider_of_id(self, agent: AgentSpec, model: ModelSpec) -> str | None:
        if model.says("provider") and agent.says("provider"):
            message = "the provider stands both inside 'model' and beside it"
            place = agent.key_place("provider")
            self._around.report.add("provider-twice", place, message, mend="keep one of the two")
            return None
        if model.says("provider"):
            return self._provider(model, model)
        return self._provider(agent, model)

    def _provider(self, part: AgentSpec | AliasSpec | MemberSpec | ModelSpec, model: Part) -> str | None:
        """The provider that the part names, or the default one."""
        for level in (part, self._defaults):
            if level.says("provider"):
                if level is self._defaults:
                    self.used.defaults.add("provider")
                if level.provider is not None:
                    self.used.providers.add(level.provider)
                    self._doubt_provider(level.provider, level.spot_of("provider"))
                return level.provider
        spot = model.spot_of("model") if isinstance(model, AliasSpec | MemberSpec) else model.node
        message = "the model id needs a provider, and none is named here or in 'defaults'"
        self._around.report.add("missing-provider", spot.place, message, mend=self._provider_mend())
        return None

    def _provider_spot(self, *parts: Part) -> Spot | None:
        levels = (*parts, self._defaults)
        return next((level.spot_of("provider") for level in levels if level.says("provider")), None)

    def _provider_mend(self) -> str:
        mend = "add `provider:` beside `model:`, or once for all under `defaults:`"
        aliases = ", ".join(list(self._names)[:12])
        return f"{mend}; or name an alias: {aliases}" if aliases else mend

    def _report_missing_model(self, agent: AgentSpec) -> None:
        key = "" if agent.owner is None else f"agent {agent.owner.text!r} "
        message = f"{key}names no model, and neither does 'defaults'"
        mend = "add `model:` to the agent, or once for all under `defaults:`"
        self._around.report.add("missing-model", agent.place, message, mend=mend)

    def _doubt_provider(self, provider: str, spot: Spot) -> None:
        if provider == AUTO or provider in PROVIDERS or self._is_foreign(provider):
            return
        known = (*PROVIDERS, *(name for name in self._spec.names("providers") if name not in PROVIDERS))
        message = f"the documentation lists no provider {provider!r}, and the file gives it no 'base_url'"
        mend = did_you_mean(provider, known, what="providers")
        self._around.report.add("unlisted-provider", spot.place, message, mend=mend)

    def _doubt_model(self, model: str, provider: str, spot: Spot) -> None:
        if model in MODELS or self._is_foreign(provider):
            return
        message = f"the documentation lists no model {model!r}"
        mend = did_you_mean(model, MODELS, what="model ids")
        self._around.report.add("unlisted-model", spot.place, message, mend=mend)

    def _is_foreign(self, provider: str) -> bool:
        """Whether the provider is an endpoint of its own, which the documentation knows nothing about."""
        spec = (self._spec.providers or {}).get(provider)
        return spec is not None and spec.says("base_url")


def _price(spec: PriceSpec | None) -> Price | None:
    if spec is None or spec.input is None or spec.output is None:
        return None
    return Price(spec.input, spec.output, spec.source or TEAM_FILE, spec.date)
