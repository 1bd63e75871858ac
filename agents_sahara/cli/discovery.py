"""The catalog as the discovery commands reach it: the gateway's, or the local gateway's with `--local`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agents_sahara.cli.console import Console

if TYPE_CHECKING:
    from agents_sahara.catalog.discovery import Catalog


def add_discovery_options(parser: ArgumentParser) -> None:
    """`--json` and `--local`."""
    parser.add_argument(
        "--json", action="store_true", help="print JSON in the shape of the API documentation"
    )
    parser.add_argument(
        "--local", action="store_true", help="ask a simulator in this process: no key, no network"
    )


@contextmanager
def open_catalog(options: Namespace, console: Console) -> Iterator[Catalog]:
    """The catalog that the options mean, for as long as the block lasts.

    Raises:
        SettingsError: no key is set, and none is needed only with `--local`.
    """
    from agents_sahara.catalog.discovery import Catalog
    from agents_sahara.settings import Settings

    if not options.local:
        settings = Settings.from_environ()
        for warning in settings.warnings:
            console.warn(warning)
        with Catalog(settings) as catalog:
            yield catalog
        return
    from agents_sahara.emulator.gateway import LocalGateway

    with LocalGateway() as gateway, Catalog(Settings.local(gateway.base_url)) as catalog:
        console.note("[simulated] the catalog of the API documentation, from a local simulator")
        yield catalog


def print_ids(ids: Sequence[str], options: Namespace, console: Console) -> None:
    """One id a line, or one JSON array."""
    from agents_sahara.cli.machine import json_text
    from agents_sahara.cli.terminal import one_line

    if options.json:
        console.write_own(json_text(list(ids)))
        return
    console.write("".join(f"{one_line(name)}\n" for name in ids))
    if not ids:
        console.note("the catalog lists none")
