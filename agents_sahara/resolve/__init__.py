"""From a file as written to a team as meant: layers merged, variables filled in, names looked up.

`layers` merges includes and profiles, `team` turns a `TeamSpec` into an `AgentGraph`, the other files do one
part each. Knows files and the environment; knows nothing of the gateway or of the SDK.
"""
