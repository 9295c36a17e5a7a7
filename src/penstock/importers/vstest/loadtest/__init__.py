"""Load tests: scenarios, run settings, counters; the web tests in them are compiled by the folder above."""
