"""The built-in sample application (`penstock target`): a small shop that can be driven hard.

    server        starts the workers, says when they are ready, ends them
      application one request in, one reply out, over RSGI
        sockets   the one WebSocket, /ws
        routes    which handler answers which path
          catalogue  accounts  cart  wire  pages      the handlers: pure functions from `Request` to `Reply`

The workers share nothing: a token and a cart are signed values that travel with the client.
"""

from penstock.target.server import serve

__all__ = ["serve"]
