"""The shop's page for people and browsers, with the files it needs."""

from __future__ import annotations

import struct
import zlib

from penstock.target.catalogue import ITEMS, PAGE_SIZE
from penstock.target.messages import Refused, Reply, Request

_CACHED = ("cache-control", "public, max-age=3600")


def _draw_png(side: int) -> bytes:
    """Return a square picture: a gradient from water to sky."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"".join(bytes((40, 90 + row, 140 + column)) for column in range(side)) for row in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _draw_svg(shape: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="#1769aa">{shape}</svg>'.encode()


_STYLE = b"""body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}
header{display:flex;gap:1rem;align-items:center}header img{width:3rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}
"""
_SCRIPT = b"""document.querySelector("#filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const row of document.querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
"""
_LOGO = _draw_svg('<path d="M8 8h48v10H8zM20 18h24l-6 30H26zM4 50h56v6H4z"/>')
_CART = _draw_svg('<path d="M6 10h10l6 30h28l6-22H20"/><circle cx="26" cy="50" r="5"/><circle cx="46" cy="50" r="5"/>')


def _write_home() -> str:
    rows = "\n".join(
        f'<tr><td><a href="/items/{item.id}">{item.name}</a></td><td>{item.price_cents / 100:.2f}</td></tr>'
        for item in list(ITEMS.values())[:PAGE_SIZE]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The sample shop</title>
<link rel="icon" href="/static/logo.svg">
<link rel="stylesheet" href="/static/shop.css">
<script src="/static/shop.js" defer></script>
</head>
<body>
<header><img src="/static/logo.svg" alt=""><h1>The sample shop</h1><img src="/static/cart.svg" alt="Cart"></header>
<p><img src="/static/water.png" alt="Water under a blue sky" width="96" height="96"></p>
<form action="/login" method="post">
<label>User <input name="user" value="ann"></label>
<label>Password <input name="password" type="password"></label>
<button>Log in</button>
</form>
<p><label>Find <input id="filter" type="search"></label></p>
<table>
<thead><tr><th>Item</th><th>Price</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p><a href="/items?page=2">More items</a></p>
</body>
</html>
"""


_HOME = Reply(200, [("content-type", "text/html; charset=utf-8")], _write_home().encode())
_FILES = {
    f"/static/{name}": Reply(200, [("content-type", kind), _CACHED], body)
    for name, kind, body in (
        ("shop.css", "text/css; charset=utf-8", _STYLE),
        ("shop.js", "text/javascript; charset=utf-8", _SCRIPT),
        ("logo.svg", "image/svg+xml", _LOGO),
        ("cart.svg", "image/svg+xml", _CART),
        ("water.png", "image/png", _draw_png(96)),
    )
}


def show_home(request: Request) -> Reply:  # noqa: ARG001 — every handler is given the request
    """GET /: a page with styles, a script and pictures."""
    return _HOME


def show_file(request: Request) -> Reply:
    """GET /static/{file}: what the page refers to."""
    reply = _FILES.get(request.path)
    if reply is None:
        raise Refused(404, f"there is no file {request.path[:200]!r}")
    return reply
