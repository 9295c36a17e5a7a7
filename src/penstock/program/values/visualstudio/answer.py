"""What rules read of a response: its text and headers are made once, and only if a rule wants them."""

from __future__ import annotations

from penstock.program.values.dialect import Reply


class Answer:
    """A response as rules see it. `page_s` is the time of the page, known when it is complete."""

    __slots__ = ("_headers", "_text", "page_s", "reply")

    def __init__(self, reply: Reply, page_s: float | None = None) -> None:
        self.reply = reply
        self.page_s = reply.elapsed_s if page_s is None else page_s
        self._text: str | None = None
        self._headers: str | None = None

    @property
    def text(self) -> str:
        """The body as text."""
        if self._text is None:
            self._text = self.reply.text
        return self._text

    @property
    def headers(self) -> str:
        """The headers as text, a line each."""
        if self._headers is None:
            self._headers = "".join(f"{name}: {value}\r\n" for name, value in self.reply.headers.items())
        return self._headers
