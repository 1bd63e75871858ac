"""What `tools` names, as tools of the SDK: one file a kind."""
