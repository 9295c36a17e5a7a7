"""Load-test configurations of Loadmill (JSON)."""
