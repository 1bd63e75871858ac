"""Run a compiled team: once, streamed, or from code that is not async."""
