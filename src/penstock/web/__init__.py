"""Pages for people: for now the sign-in that other pages stand behind."""

from penstock.web.pages import build

__all__ = ["build"]
