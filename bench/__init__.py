"""The yardstick: a team from YAML against the hand-written script that does the same job.

`python -m bench` measures, `docs/PERFORMANCE.md` holds what was printed and how to read it.
Nothing in here is part of the package, and nothing of it is timed by the tests.
"""
