from __future__ import annotations

import uuid

import httpx2
import pytest

from agents_sahara.emulator.catalog import DOCUMENTED
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.types import Json

DOCUMENTED_MODELS = [
    "llama-3-8b",
    "gpt-4o",
    "deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-R1",
    "llama3-3-70b",
    "Qwen/Qwen2.5-72B-Instruct-Turbo",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "Qwen/Qwen2.5-7B-Instruct-Turbo",
    "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "llama3-1-8b",
    "deepseek-ai/DeepSeek-V3-0324",
]
"""Sahara API documentation, "Get All Models", read 2026-11-22."""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/models", DOCUMENTED_MODELS),
        ("/providers", ["lepton", "predibase", "sagemaker", "bedrock", "openai", "together"]),
        ("/models?provider=predibase", ["llama-3-8b"]),
        ("/providers?model=deepseek-ai/DeepSeek-V3", ["together"]),
        ("/providers?model=deepseek-ai%2FDeepSeek-V3", ["together"]),
    ],
)
def test_discovery_answers_what_the_documentation_shows(
    http: httpx2.Client, path: str, expected: list[str]
) -> None:
    del http.headers["Authorization"]
    response = http.get(path, headers={"Accept": "application/json", "x-api-key": "any"})
    assert (response.status_code, response.json()) == (200, expected)
    assert response.headers["content-type"] == "application/json"


def test_every_documented_model_and_provider_serves_something() -> None:
    assert {pair.model for pair in DOCUMENTED.pairs} == set(DOCUMENTED.models)
    assert {pair.provider for pair in DOCUMENTED.pairs} == set(DOCUMENTED.providers)


def test_model_detail_has_the_eight_documented_fields(http: httpx2.Client) -> None:
    query = {"model": "deepseek-ai/DeepSeek-V3", "provider": "together"}
    detail = http.get("/modelDetail", params=query).json()
    uuid.UUID(detail["id"])
    assert detail == {
        "id": http.get("/modelDetail", params=query).json()["id"],
        "name": "deepseek-ai/DeepSeek-V3",
        "description": "together AI deepseek-ai/DeepSeek-V3 (simulator, no language model)",
        "is_public": None,
        "license": None,
        "model_size": 0,
        "tags": None,
        "tensor_type": None,
    }


def test_a_pair_that_is_not_documented_says_so_in_its_detail_and_once_in_the_log(
    hello: dict[str, Json],
) -> None:
    lines: list[str] = []
    with LocalGateway(log=lines.append) as gateway:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "lepton"}
        with httpx2.Client(
            base_url=gateway.base_url, headers=headers, trust_env=False, verify=False
        ) as client:
            detail = client.get("/modelDetail?model=llama3-3-70b&provider=lepton").json()
            for _ in range(2):
                client.post("/chat/completions", json=hello | {"model": "llama3-3-70b"})
    assert "assumed, not documented" in detail["description"]
    assert sum("is assumed" in line for line in lines) == 1


def test_pairs_of_the_team_are_served_beside_the_catalog(hello: dict[str, Json]) -> None:
    with LocalGateway(pairs=[("workstation", "qwen3:4b"), ("openai", "gpt-4o")]) as gateway:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "workstation"}
        with httpx2.Client(
            base_url=gateway.base_url, headers=headers, trust_env=False, verify=False
        ) as client:
            assert client.get("/models").json() == [*DOCUMENTED_MODELS, "qwen3:4b"]
            assert client.get("/providers").json()[-1] == "workstation"
            assert client.post("/chat/completions", json=hello | {"model": "qwen3:4b"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("/models?provider=togeter", 404, "provider_not_found", "Did you mean 'together'?"),
        ("/providers?model=gpt-4", 404, "model_not_found", "Did you mean 'gpt-4o'?"),
        ("/modelDetail?model=gpt-4o&provider=together", 404, "model_not_found", "served by 'openai'"),
        ("/modelDetail?model=gpt-4o", 400, None, "lacks 'provider'"),
        ("/modelDetail?provider=openai", 400, None, "lacks 'model'"),
        ("/model", 404, None, "The paths are"),
        ("/chat/completions", 405, None, "takes POST only"),
    ],
)
def test_a_wrong_question_is_refused_with_what_would_be_right(
    http: httpx2.Client, path: str, status: int, code: str | None, said: str
) -> None:
    response = http.get(path)
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (status, "invalid_request_error", code)
    assert said in error["message"]
    assert response.headers["x-sahara-backend"] == "sim"


def test_a_post_to_a_discovery_path_is_405_and_names_the_method(http: httpx2.Client) -> None:
    response = http.post("/models", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic abc"}]
)
def test_a_request_without_a_key_is_401(
    gateway: LocalGateway, http: httpx2.Client, headers: dict[str, str]
) -> None:
    del http.headers["Authorization"]
    response = http.get("/models", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")
    assert gateway.calls[-1].status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "["},
    ],
)
def test_what_a_browser_sends_for_a_strange_page_is_403(http: httpx2.Client, headers: dict[str, str]) -> None:
    assert http.get("/models", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "127.0.0.1", "[::1]:8321"])
def test_every_name_of_loopback_is_welcome(http: httpx2.Client, host: str) -> None:
    assert http.get("/models", headers={"Host": host}).status_code == 200
