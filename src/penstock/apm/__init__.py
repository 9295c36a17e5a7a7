"""Counters of servers under test, read from the systems that watch them."""
