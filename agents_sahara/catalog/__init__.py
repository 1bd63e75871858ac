"""What the gateway offers: its models and providers.

`discovery` asks (httpx2 only), `sahara` is the plain client for people who want the gateway without agents.
"""
