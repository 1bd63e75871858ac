"""What an OpenAPI file says, as far as a request needs it."""
