"""Faces: each translates between HTTP in someone's words and the services in ours."""
