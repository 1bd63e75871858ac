"""The team format as types.

What each key may hold, read from a tree into frozen values, or drawn as JSON Schema.
"""
