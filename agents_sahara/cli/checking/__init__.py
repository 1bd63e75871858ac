"""What `doctor` looks at beside the gateway: a team's servers of tools, and where its conversations are kept."""
