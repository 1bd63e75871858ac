"""What `doctor --probe --record` asks the gateway, and how the answers are written down without the key."""
