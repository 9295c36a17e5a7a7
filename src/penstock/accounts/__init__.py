"""Who may do what: teams, users, roles, tokens, sessions. Free of I/O."""
