"""From a file as written to a team as meant: agents and edges, with nothing left to look up.

`values` has the graph itself, `team` makes it of a `TeamSpec`, the rest resolve one kind of thing each: includes and
profiles, variables, templates, models, endpoints, handoffs. Knows nothing of the SDK or of the network.
"""
