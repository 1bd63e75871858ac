"""Rules that look at a whole team, one a file, named in `table`."""
