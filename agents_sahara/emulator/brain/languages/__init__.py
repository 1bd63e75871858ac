"""What the simulator knows of each language: one file a language, listed in `all_languages`."""
