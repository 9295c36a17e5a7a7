"""Steering a run from outside its own process: a socket for each run, in a folder that is the user's alone."""
