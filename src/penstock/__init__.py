"""Penstock: load testing and API testing that runs the tests you already have."""
