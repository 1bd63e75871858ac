"""The simulator behind the local gateway: what it answers to one chat.completions request.

`decision.decide` is the door. Pure and deterministic: rules and word lists, no language model, no I/O.
Knows the wire format of chat completions; knows nothing of HTTP, of team files or of the gateway's catalog.
"""
