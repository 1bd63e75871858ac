"""HTTP to the gateway: one pool an event loop, one hermetic client a provider.

`transport` opens connections and explains why they fail, `lean`, `bodies` and `tails` are what it opens them with
(httpx2 only). `hermetic` makes `openai` clients that no environment variable changes, `pool` keeps them, `places`
says how many calls may be under way. `chat` asks for completions, `reader` and `decoder` read streams of them.
Knows nothing of YAML, agents or retries.
"""
