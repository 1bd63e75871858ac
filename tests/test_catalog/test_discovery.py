"""The five discovery calls, over HTTP to a gateway that answers well, oddly or not at all."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from agents_sahara.catalog import discovery
from agents_sahara.catalog.discovery import REMEMBER_S, Catalog
from agents_sahara.catalog.sahara import Sahara
from agents_sahara.clients.transport import sync_client
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, When
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import AccessError, CatalogError, HostError, SaharaError, SettingsError
from agents_sahara.settings import Secret, Settings

KEY = "sk-planted-0123456789"


class Hand:
    """A clock that stands still until it is turned; sleeping turns it."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def catalog(gateway: LocalGateway, hand: Hand) -> Iterator[Catalog]:
    settings = Settings(api_key=Secret(KEY), base_url=gateway.base_url)
    with Catalog(settings, now=hand.now, sleep=hand.sleep) as made:
        yield made


def test_the_documented_answers(catalog: Catalog, gateway: LocalGateway) -> None:
    """Sahara API documentation, "Discover Available Models & Providers"."""
    assert len(catalog.models()) == 11
    assert set(catalog.providers()) == {"lepton", "predibase", "sagemaker", "bedrock", "openai", "together"}
    assert catalog.models(provider="predibase") == ["llama-3-8b"]
    assert catalog.providers(model="deepseek-ai/DeepSeek-V3") == ["together"]
    detail = catalog.model_detail("deepseek-ai/DeepSeek-V3", "together")
    assert detail["name"] == "deepseek-ai/DeepSeek-V3"
    assert set(detail) == {
        "id", "name", "description", "is_public", "license", "model_size", "tags", "tensor_type"
    }  # fmt: skip
    for call in gateway.calls:
        assert call.method == "GET"
        assert call.headers["x-api-key"] == KEY
        assert call.headers["accept"] == "application/json"
        assert "authorization" not in call.headers
        assert KEY not in repr(catalog)


def test_answers_are_remembered_for_a_while(catalog: Catalog, gateway: LocalGateway, hand: Hand) -> None:
    for _ in range(3):
        catalog.models()
    assert len(gateway.calls) == 1
    hand.time += REMEMBER_S
    catalog.models()
    assert len(gateway.calls) == 2
    catalog.forget()
    catalog.models()
    assert len(gateway.calls) == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('["a", "b"]', ["a", "b"]),
        ('[{"id": "a"}, {"id": "b"}]', ["a", "b"]),
        ('{"object": "list", "data": [{"id": "a"}, {"id": "b"}]}', ["a", "b"]),
        ('{"models": ["a", "b"]}', ["a", "b"]),
        ('["a", null, "a", "", " b ", 3, {"x": 1}]', ["a", "b"]),
        ('[{"name": "a"}, {"id": "b", "name": "B"}]', ["a", "b"]),
        ("[]", []),
        (json.dumps([f"m{n}" for n in range(10_000)]), [f"m{n}" for n in range(10_000)]),
    ],
)
def test_the_known_shapes_are_read(
    catalog: Catalog, gateway: LocalGateway, body: str, expected: list[str]
) -> None:
    gateway.script([Rule(Raw(body), When(path="models"))])
    assert catalog.models() == expected


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, "{}", "null", '"a"', "3", "true", "<html>", "", '{"data": 3}', '{"error": "x"}', '["a"'],
)
def test_what_is_no_catalog_is_an_error(catalog: Catalog, gateway: LocalGateway, body: str) -> None:
    gateway.script([Rule(Raw(body), When(path="models"))])
    with pytest.raises(CatalogError) as caught:
        catalog.models()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("body", ["[]", "null", '"a"'])
def test_a_detail_must_be_an_object(catalog: Catalog, gateway: LocalGateway, body: str) -> None:
    gateway.script([Rule(Raw(body), When(path="modelDetail"))])
    with pytest.raises(CatalogError, match="where an object was due"):
        catalog.model_detail("gpt-4o", "openai")


@pytest.mark.parametrize("status", [500, 502, 429])
def test_what_passes_by_itself_is_asked_again(
    catalog: Catalog, gateway: LocalGateway, hand: Hand, status: int
) -> None:
    gateway.script([Rule(Fail(status), When(path="models"), times=2)])
    assert len(catalog.models()) == 11
    assert hand.slept == [0.5, 1.0]


FINAL: dict[str, tuple[Rule, type[SaharaError], int]] = {
    "401": (Rule(Fail(401, {"error": {"message": f"bad {KEY}"}}), When(path="models")), AccessError, 1),
    "403": (Rule(Fail(403), When(path="models")), AccessError, 1),
    "404": (Rule(Fail(404), When(path="models")), CatalogError, 1),
    "400": (Rule(Fail(400, {"message": "no"}), When(path="models")), CatalogError, 1),
    "302": (
        Rule(Fail(302, headers={"location": "http://127.0.0.1:9/"}), When(path="models")),
        CatalogError,
        1,
    ),
    "500 for ever": (Rule(Fail(500, b"oops"), When(path="models")), CatalogError, 3),
    "reset for ever": (Rule(None, When(path="models"), Pace(cut=Cut(how="reset"))), HostError, 3),
}


@pytest.mark.parametrize("case", FINAL)
def test_failures_are_ours_and_show_no_key(catalog: Catalog, gateway: LocalGateway, case: str) -> None:
    rule, kind, calls = FINAL[case]
    gateway.script([rule])
    with pytest.raises(kind) as caught:
        catalog.models()
    assert len(gateway.calls) == calls
    assert caught.value.exit_code == 4
    assert KEY not in f"{caught.value} {caught.value.to_json()}"
    assert caught.value.__context__ is None


def test_a_missing_path_is_a_matter_of_the_base_url_or_of_what_was_asked_for(
    catalog: Catalog, gateway: LocalGateway
) -> None:
    gateway.script([Rule(Fail(404), When(path="models"))])
    with pytest.raises(CatalogError) as everything:
        catalog.models()
    with pytest.raises(CatalogError) as some:
        catalog.models("together")
    assert (everything.value.mend, some.value.mend) == ("check the base URL", "check the model and provider")


def test_an_endless_answer_ends(gateway: LocalGateway) -> None:
    settings = Settings(api_key=Secret(KEY), base_url=gateway.base_url)
    times = iter([0.0, 0.0, 0.0, *[1000.0] * 50])
    gateway.script([Rule(Raw("[" + '"a",' * 200_000 + '"b"]'), When(path="models"))])
    with Catalog(settings, now=lambda: next(times)) as catalog, pytest.raises(CatalogError, match="in time"):
        catalog.models()


def test_an_unreachable_host_is_named() -> None:
    with LocalGateway() as gone:
        base_url = gone.base_url
    hand = Hand()
    with (
        Catalog(Settings(api_key=Secret(KEY), base_url=base_url), now=hand.now, sleep=hand.sleep) as catalog,
        pytest.raises(HostError, match="refused") as caught,
    ):
        catalog.models()
    assert base_url in str(caught.value)


def test_without_a_key_nothing_is_asked(gateway: LocalGateway) -> None:
    with Catalog(Settings(base_url=gateway.base_url)) as catalog, pytest.raises(SettingsError):
        catalog.models()
    assert gateway.calls == []


def test_the_plain_client_asks_the_same(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    with Sahara() as sahara:
        assert sahara.providers(model="gpt-4o") == ["openai"]
        assert "gpt-4o" in sahara.models(provider="openai")
        assert sahara.model_detail("gpt-4o", "openai")["name"] == "gpt-4o"


def test_threads_that_ask_at_once_share_one_connection_pool(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[httpx2.Client] = []
    together = threading.Barrier(4)

    def slowly(*, needs_tls: bool) -> httpx2.Client:
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(0.2)
        opened.append(sync_client(needs_tls=needs_tls))
        return opened[-1]

    monkeypatch.setattr(discovery, "sync_client", slowly)
    with Catalog(Settings.local(gateway.base_url)) as catalog:
        threads = [threading.Thread(target=catalog.models) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(opened) == 1


def test_an_answer_that_drips_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes soon enough for the limits of one phase."""
    monkeypatch.setattr(discovery, "DEADLINE_S", 0.3)
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                    while not is_over.wait(0.05):
                        connection.sendall(b"x")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        settings = Settings(
            api_key=Secret(KEY), base_url=f"http://127.0.0.1:{listener.getsockname()[1]}/api/compute"
        )
        started = time.monotonic()
        with pytest.raises(CatalogError) as caught:
            Catalog(settings).models()
        took = time.monotonic() - started
        is_over.set()
        thread.join(5)
        for left in threading.enumerate():
            if left.name == "agents_sahara_discovery":
                left.join(5)
    assert "within 0.3 s" in caught.value.message
    assert 0.25 <= took < 5.0


def test_a_changed_detail_does_not_change_what_is_remembered(catalog: Catalog, gateway: LocalGateway) -> None:
    gateway.script([Rule(Raw(b'{"tags": {"a": [1]}}'), When(path="modelDetail"))])
    detail = catalog.model_detail("gpt-4o", "openai")
    tags = detail["tags"]
    assert isinstance(tags, dict)
    tags["a"] = "changed"
    assert catalog.model_detail("gpt-4o", "openai") == {"tags": {"a": [1]}}


def test_a_page_in_place_of_an_answer_is_asked_for_again(catalog: Catalog, gateway: LocalGateway) -> None:
    gateway.script([Rule(Raw(b"<html></html>", content_type="text/html"), When(path="models"), times=1)])
    assert len(catalog.models()) == 11
    assert len(gateway.calls) == 2
