"""Every model call of a team: made, timed, judged, retried and counted.

`failures` turns what went wrong into our errors, `answers` judges what came back, `calls` has the one retry loop,
`client` is the face that the SDK sees. Knows nothing of YAML.
"""
