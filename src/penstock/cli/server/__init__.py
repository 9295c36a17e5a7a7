"""Groups of commands that speak to a server; each is the value of its module's name."""
