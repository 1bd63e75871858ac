"""How a team file describes tools: one file a kind, all of them in `all_kinds`."""
