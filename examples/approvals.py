"""A call that needs a person's yes: the run ends with a question and a token, and goes on wherever the answer is."""

from agents_sahara import load_team

TEAM = """
version: 1
entry: desk
defaults: {model: gpt-4o, provider: openai}
agents:
  desk:
    instructions: You are the refund desk of a shop. Refund what customers ask for.
    tools: [refund]
  cashier:
    description: Pays money back
    instructions: You pay refunds. Confirm the refund.
tools:
  refund:
    agent: cashier
    description: Refunds an order of a customer
    approval: {ask: "Pay back: {{ args.input }}"}
"""

with_customer = load_team(TEAM)
result = with_customer.run_sync("Please refund order 77, it came broken.")
for call in result.interruptions:
    print(f"{call.agent} asks for {call.tool}. {call.question}")
with_customer.close()

elsewhere = load_team(TEAM)  # another process, after a restart: the token is all that it needs
ids = [call.id for call in result.interruptions]
result = elsewhere.resume_sync(result.token or "", approve=ids)
print(f"after the yes: {', '.join(attempt.agent for attempt in result.attempts)}")
print(result.output)
elsewhere.close()
