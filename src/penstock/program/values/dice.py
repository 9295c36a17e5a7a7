"""The one source of chance for values: test data, nothing that must be secret. Tests seed it."""

import random

dice = random.Random()  # noqa: S311 — no secrets are made with it
