"""YAML text with the place of every key: strict, bounded, and free of surprises.

`text` reads files, `compose` makes the tree of `nodes` from a `parser`'s events, with `unfinished` lists and mappings
and the values of `scalars`; `syntax` says in plain words what is not YAML. Knows nothing of the team format.
"""
