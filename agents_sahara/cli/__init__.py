"""The commands `run-agent` and `agents-sahara`, one file a command."""
