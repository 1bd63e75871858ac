"""The small closed language of `when` and `until`, and `{{ args.amount }}` in questions.

Parsed into frozen nodes and evaluated by us, never by Python; it reads names and literals and calls nothing. Pure:
knows neither YAML nor agents.
"""
