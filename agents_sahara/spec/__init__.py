"""The team format as types: what each key may hold, read from a tree into frozen values, or drawn as JSON Schema."""
