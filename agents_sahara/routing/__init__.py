"""Every model call of a team: made, timed, judged, retried and counted.

`client` is the face that the SDK sees, `calls` the one retry loop, `tries` its book-keeping. Where a call goes:
`pool`, `roster` (`provider: auto`), `entering` (a key and a free place), `health`, `moving`. What the budget allows:
`limits`. What a provider wants to be sent: `traits`. What came back: `answers`, with `shape`, `held`, `halves` and
`unstreamed`; `failures` turns what went wrong into our errors. Knows nothing of YAML.
"""
