"""What people write to support desks about: one file of words a language, listed in `all_topics`."""
