"""Located findings: what is wrong in a file, where, and how to mend it.

`finding` has the values, `rules` every stable id, `suggest` the nearest legal word, `render`, `excerpt` and
`sarif` the formats. Knows nothing of the team format.
"""
