"""`models`, `providers` and `model`: the catalog as the API documentation shows it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, When
from tests.test_cli.programs import KEY, toolbox
from tests.test_cli.schemas import schema


@pytest.fixture
def online(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    """A gateway that the environment points to."""
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return gateway


@pytest.mark.usefixtures("online")
def test_providers_are_one_a_line_in_the_gateways_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Sahara API documentation, "Get All Providers" and "Get Providers by Model"."""
    done = toolbox(capsys, "providers")
    assert (done.code, done.out.split("\n"), done.err) == (
        0,
        ["lepton", "predibase", "sagemaker", "bedrock", "openai", "together", ""],
        "",
    )
    assert toolbox(capsys, "providers", "--model", "deepseek-ai/DeepSeek-V3").out == "together\n"


@pytest.mark.usefixtures("online")
def test_models_as_json_are_the_documented_array(capsys: pytest.CaptureFixture[str]) -> None:
    """Sahara API documentation, "Get Models by Provider"."""
    done = toolbox(capsys, "models", "--provider", "predibase", "--json")
    assert json.loads(done.out) == ["llama-3-8b"]
    everything = json.loads(toolbox(capsys, "models", "--json").out)
    jsonschema.validate(everything, schema("ids"))
    assert "deepseek-ai/DeepSeek-V3" in everything


@pytest.mark.usefixtures("online")
def test_a_model_is_shown_field_by_field_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Sahara API documentation, "Get Model Details"."""
    argv = ("model", "deepseek-ai/DeepSeek-V3", "--provider", "together")
    lines = toolbox(capsys, *argv).out.splitlines()
    assert "name: deepseek-ai/DeepSeek-V3" in lines
    assert "license: null" in lines
    detail = json.loads(toolbox(capsys, *argv, "--json").out)
    jsonschema.validate(detail, schema("model"))
    assert detail["name"] == "deepseek-ai/DeepSeek-V3"


def test_local_needs_no_key_and_says_that_it_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (("models",), ("providers",), ("model", "gpt-4o", "--provider", "openai")):
        done = toolbox(capsys, *argv, "--local")
        assert done.code == 0
        assert done.out
        assert "[simulated]" in done.err


def test_the_key_goes_to_the_gateway_and_to_no_output(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(401, {"error": {"message": f"bad key {KEY}"}}), When(path="models"))])
    done = toolbox(capsys, "models")
    assert online.calls[0].headers["x-api-key"] == KEY
    assert (done.code, done.out) == (4, "")
    assert KEY not in done.err


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Fail(404), When(path="modelDetail")),
        Rule(Raw("not json"), When(path="modelDetail")),
        Rule(Raw('["a list"]'), When(path="modelDetail")),
    ],
)
def test_a_catalog_call_that_fails_is_exit_4_also_as_json(
    rule: Rule, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([rule])
    done = toolbox(capsys, "model", "gpt-4o", "--provider", "openai", "--json")
    told = json.loads(done.out)
    jsonschema.validate(told, schema("error"))
    assert (done.code, told["error"]["code"]) == (4, "catalog")


def test_no_key_is_exit_4(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "models")
    assert (done.code, done.out) == (4, "")
    assert "SAHARA_API_KEY" in done.err


def test_ids_of_the_gateway_cannot_drive_the_terminal(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = json.dumps(["a\x1b]52;c;AAAA\x07b", "c\nd\u202e"])
    online.script([Rule(Raw(hostile), When(path="models"))])
    assert toolbox(capsys, "models").out == "ab\nc\\nd\n"
    assert json.loads(toolbox(capsys, "models", "--json").out) == json.loads(hostile)


def test_an_empty_list_is_told_and_no_failure(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Raw("[]"), When(path="models"))])
    done = toolbox(capsys, "models")
    assert (done.code, done.out, done.err) == (0, "", "the catalog lists none\n")
