"""Rules for what comes in: no card number reaches a model, and another agent judges whether a text is on topic."""

from agents_sahara import load_team

TEAM = r"""
version: 1
entry: desk
defaults: {model: gpt-4o, provider: openai}
agents:
  desk:
    instructions: You help customers of a shop.
    guardrails: {input: [no_cards, on_topic]}
  topic_checker:
    instructions: Say whether the text is about something else than a shop.
    output:
      schema: {type: object, required: [off_topic], properties: {off_topic: {type: boolean}}}
guardrails:
  no_cards: {deny_pattern: '\b(?:\d[ -]?){13,16}\b', reply: Please never send card numbers.}
  on_topic: {agent: topic_checker, when: "output.off_topic"}
"""

team = load_team(TEAM)
for message in ("My card is 4111 1111 1111 1111.", "Where is my order?"):
    result = team.run_sync(message)
    refused = result.guardrail.guardrail if result.guardrail is not None else "nothing"
    print(f"{refused} refused it, {result.usage.requests} requests: {result.output}")
team.close()
