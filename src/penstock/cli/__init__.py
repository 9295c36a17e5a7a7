"""The command `penstock`: data to stdout, talk to stderr, exit codes from one list."""
