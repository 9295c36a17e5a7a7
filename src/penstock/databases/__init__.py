"""Databases that tests take their data from: asked once, before a run."""
