"""The first request of a run leaves while the SDK is still being loaded.

`asking` tells from a checked team what the first request says, `wire` how it is written down, `leaving` whether it
may leave. Whether its answer counts is decided where the SDK's own request is about to be sent
(`agents_sahara.clients.early_answers`): only for the very same bytes. Loads neither the SDK nor an HTTP client.
"""
