"""Controllers and samplers as steps."""

from penstock.importers.jmeter.controllers.walk import Walk

__all__ = ["Walk"]
