"""One execution of a test: its plan, its states, its shares, its verdict. No clock, process or database here."""
