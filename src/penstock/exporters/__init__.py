"""Scenarios written in the form of something else: one folder a form."""
