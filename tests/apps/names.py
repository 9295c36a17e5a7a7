"""A name server: it has the TXT records and addresses that it is given, and no other name."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class Names:
    """Answers over UDP while its block goes on; `texts` may be changed meanwhile.

    `addresses` are given in their order, one a question; the last one stays. `asked` counts those questions.
    """

    def __init__(self, texts: Mapping[str, str] = {}, addresses: Mapping[str, Sequence[str]] = {}) -> None:
        self.texts = dict(texts)
        self.addresses = {name: list(order) for name, order in addresses.items()}
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def place(self) -> tuple[str, int]:
        """Address and port, apart."""
        address, port = self._socket.getsockname()
        return address, port

    @property
    def address(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Names:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        own = self._socket.getsockname()
        self._socket.sendto(b"", own)  # what wakes the thread
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            content, asker = self._socket.recvfrom(4096)
            if not content:
                return
            asked = dns.message.from_wire(content)
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.AA | dns.flags.RA
            (question,) = asked.question
            name = question.name.to_text(omit_final_dot=True)
            text, order = self.texts.get(name), self.addresses.get(name)
            if order and question.rdtype == dns.rdatatype.A:
                self.asked += 1
                address = order.pop(0) if len(order) > 1 else order[0]
                answer.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", address))
            elif text is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif question.rdtype == dns.rdatatype.TXT:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", f'"{text}"'))
            self._socket.sendto(answer.to_wire(), asker)
