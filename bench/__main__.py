"""`python -m bench`: measure, and print the table; `--quick` in under a minute."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import limits, table
from bench.crew import Crew
from bench.peers import found_peers
from bench.plan import QUICK, TRIALS, Plan, carry_out
from bench.sides.all_sides import OURS, PEERS, SIDES

_QUICK_S = 25.0
"""A round that has begun is finished, so that the whole stays under a minute."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "trials", nargs="*", metavar="TRIAL", help=f"which ones: {', '.join(TRIALS)}; all if none"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds of the most telling trials")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each trial")
    parser.add_argument(
        "--side", choices=sorted(SIDES), default=OURS, help="whom to measure against the script"
    )
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME[=PYTHON]",
        help=f"measure it too, run by that Python: {', '.join(PEERS)}; those installed here are, unless --quick",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    names: Sequence[str] = options.trials or (QUICK if options.quick else tuple(TRIALS))
    most_s = _QUICK_S if options.quick else float("inf")
    return Plan(names, rounds=options.rounds, is_quick=options.quick, most_s=most_s)


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for; 0, or 1 where a process failed or a count is over its limit."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.trials) - set(TRIALS):
        parser.error(f"no such trial: {', '.join(sorted(unknown))}")
    if strangers := {text.partition("=")[0] for text in options.peer} - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(strangers))}")
    peers = found_peers(options.peer, are_all=not options.quick, tell=_tell)
    with Crew(ours=options.side, peers=peers) as crew:
        outcome = carry_out(_plan(options), crew, _tell)
    sys.stdout.write(table.as_json(outcome.figures) if options.json else table.text(outcome.figures))
    over = [] if options.side != OURS else list(limits.exceeded(outcome.figures))
    for line in over:
        _tell(f"over its limit: {line}")
    return 1 if outcome.failed or over else 0


if __name__ == "__main__":
    sys.exit(main())
