"""Conversations on disk: whole turns, one at a time, each for the owner it belongs to.

Nothing is exported from here; import `agents_sahara.sessions.opening` and its neighbours by name.
"""
