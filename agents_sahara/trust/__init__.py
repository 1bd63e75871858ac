"""What a team file asks of its operator beyond models, and the one gate that all of it passes."""
