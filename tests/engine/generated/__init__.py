"""Strategies for scenarios that run: bounded, without chance, against the server of `shop`.

Requests ask paths that say what they answer. Every kind of step is there; loops and polls are short, jumps go forward
or to nowhere, so that each iteration ends. What decides by time alone (whether something is late, say) is left out.
"""
