"""From a scenario, or a user's own file, to coroutine functions that any loop can step.

The parts are imported by their own names: what compiles scenarios is not needed for a `flow.py`.
"""
