"""The load generator's loop, made in Rust: it steps journeys itself and speaks HTTP for them.

The border is docs/spec/engine-border.md; only this package may know the native module.
"""

from penstock.engine._native import Loop, Response, User

__all__ = ["Loop", "Response", "User"]
