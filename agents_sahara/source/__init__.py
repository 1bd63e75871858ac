"""YAML text with the place of every key: strict, bounded, and free of surprises.

`nodes` has the tree, `compose` makes it from text. Knows nothing of the team format.
"""
