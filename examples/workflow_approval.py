"""A workflow that waits: two branches ask a person and go on elsewhere; the third is not asked again."""

from agents_sahara import load_team

TEAM = """
version: 1
entry: claim
defaults: {model: gpt-4o, provider: openai}
agents:
  stock: {instructions: You only speak English. Your name is Stock}
  refunds: {description: Pays back, instructions: Refund what customers ask for., tools: [pay]}
  vouchers: {description: Gives vouchers, instructions: Give a voucher for each claim., tools: [pay]}
  cashier: {description: Pays, instructions: You pay. Confirm the payment.}
workflows:
  claim: {parallel: [stock, refunds, vouchers]}
tools:
  pay: {agent: cashier, description: Pays a customer of the shop, approval: {ask: "Pay for: {{ args.input }}"}}
"""
MESSAGE = "Please pay for order 77, it came broken."

before = load_team(TEAM)
result = before.run_sync(MESSAGE)
for call in result.interruptions:
    print(f"{call.agent}: {call.question}")
before.close()

elsewhere = load_team(TEAM)  # another process, after a restart
first, *others = (call.id for call in result.interruptions)
refused = dict.fromkeys(others, "One payment is enough.")
result = elsewhere.resume_sync(result.token or "", approve=[first], reject=refused)
print("asked:", ", ".join(sorted(attempt.agent for attempt in result.attempts)))
elsewhere.close()
assert [attempt.agent for attempt in result.attempts].count("stock") == 1
