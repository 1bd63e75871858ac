"""From a tool as written to a tool as meant: one file a kind, all of them in `all_kinds`."""
