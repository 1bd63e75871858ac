"""Guardrails at work: what comes in is checked before a model is asked, what goes out before anyone sees it."""
