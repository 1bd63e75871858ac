"""The team file's format: declared once as shapes, read into frozen values, drawn as JSON Schema.

`format` has the declaration, `shapes` and `containers` what it is made of, `values` what reading gives.
Knows nothing of agents as a graph, of the gateway or of the SDK.
"""
