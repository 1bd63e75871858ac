"""A function of your own and another agent as tools: named in the file, allowed by whoever runs it."""

from agents_sahara import load_team, tool

TEAM = """
version: 1
entry: desk
defaults: {model: gpt-4o, provider: openai}
agents:
  desk:
    instructions: You answer questions about orders.
    tools: [look_up_order, {agent: auditor}]
  auditor: {instructions: Answer ok or not ok., description: Checks a claim}
tools:
  look_up_order: {python: "__main__:look_up_order", timeout: 5s}
"""


@tool
def look_up_order(number: int) -> dict[str, object]:
    """Looks up an order.

    Args:
        number: The order's number.
    """
    return {"order": number, "state": "shipped"}


if __name__ == "__main__":
    team = load_team(TEAM, allow_python=["__main__"])
    result = team.run_sync("Where is order 77?")
    print(result.output)
    for call in result.tool_calls:
        print(f"{call.agent} called {call.tool}, which {call.outcome}")
    team.close()
