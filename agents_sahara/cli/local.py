"""`agents-sahara local`: the local gateway as a server, for any client."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command, port
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import DONE, INTERRUPTED, REFUSED

DEFAULT_PORT = 8321


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        metavar="N",
        type=port,
        default=DEFAULT_PORT,
        help="listen here (default: 8321; 0: any free port)",
    )
    parser.add_argument(
        "--backend", metavar="URL", help="let this OpenAI-compatible server answer instead of the simulator"
    )
    parser.add_argument(
        "--backend-model", metavar="NAME", help="the model to ask of --backend, whatever the client asks for"
    )
    parser.add_argument(
        "--backend-key-env",
        metavar="VARIABLE",
        help="the environment variable that holds the key of --backend",
    )
    parser.add_argument("--catalog", metavar="FILE", help="the models and providers to serve")
    parser.add_argument("--script", metavar="FILE", help="rules that answer before the backend does")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not log requests")


def _execute(options: Namespace, console: Console) -> int:
    import signal
    from pathlib import Path

    from agents_sahara.emulator.serve import serve
    from agents_sahara.errors import UsageError

    try:
        ended_by = serve(
            port=options.port,
            catalog=None if options.catalog is None else Path(options.catalog),
            script=None if options.script is None else Path(options.script),
            backend=options.backend,
            backend_model=options.backend_model,
            backend_key_env=options.backend_key_env,
            allow_remote_backend=True,  # whoever types the address has consented to it
            log=console.note,
        )
    except ValueError as error:
        raise UsageError(str(error), mend="see `agents-sahara local --help`") from error
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {options.port}: {error.strerror}", mend="--port 0 takes a free port"
        ) from error
    return INTERRUPTED if ended_by is signal.SIGINT else DONE


LOCAL = Command(
    name="local",
    summary="serve a local gateway, for any client",
    description=(
        "Serve the endpoints of the Sahara API on this machine; no key is needed. Ctrl-C ends it (130).\n"
        "Its answers are simulated and say so, unless --backend names a server that has a model."
    ),
    examples=("", "--backend http://127.0.0.1:11434/v1 --backend-model llama3.2"),
    exit_codes=(REFUSED,),
    add_arguments=_add_arguments,
    execute=_execute,
)
