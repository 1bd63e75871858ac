"""HTTP to the gateway: one pool an event loop, one hermetic client a provider.

`transport` opens clients and explains why they fail. `direct` sends their requests over the `connections` that
`connecting` makes and `keeping` keeps, and `framing` cuts their answers; `lean`, `bodies` and `tails` are what is
around them. `hermetic` makes `openai` clients that no environment variable changes, `pool` keeps them, `places`
says how many calls may be under way. `chat` asks for completions, `reader` and `decoder` read streams of them.
Knows nothing of YAML, agents or retries.
"""
