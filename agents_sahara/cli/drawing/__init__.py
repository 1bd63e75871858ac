"""Drawings of a team, one file a format, named in `table`.

Names in a team file are foreign text: each format writes them so that no viewer takes them for markup.
"""
