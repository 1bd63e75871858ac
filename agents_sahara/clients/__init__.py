"""HTTP to the gateway: one pool an event loop, one hermetic client a provider.

`transport` opens connections and explains why they fail (httpx2 only), `hermetic` makes `openai` clients that no
environment variable changes, `pool` keeps them. Knows nothing of YAML, agents or retries.
"""
