"""What the server itself asks of the web and of the name service."""
