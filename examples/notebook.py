"""A team in a notebook, whose event loop is running already; each `# %%` is a cell, and as a script it runs too."""

# %%
import asyncio

from agents_sahara import load_team
from agents_sahara.notebook import allow_nested_asyncio

# %% `run_sync` needs nothing else: it waits on a thread of its own and leaves the notebook's loop alone
team = load_team("configs/language_triage.yaml")
result = team.run_sync("Hola, ¿Cómo te llamas?")
team.close()
print(result.output)
assert "James" in result.output


# %% Only for code that calls `asyncio.run` itself: patches asyncio for the whole process, and says what that costs
async def ask(message: str) -> str:
    async with load_team("configs/language_triage.yaml") as team:
        return str((await team.run(message)).output)


allow_nested_asyncio()
answer = asyncio.run(ask("Hello, what is your name?"))
print(answer)
assert "Jesse" in answer
