"""A local Sahara gateway over real HTTP, for work without a key.

It shares no code with the client side, so that both cannot be wrong alike.
"""
