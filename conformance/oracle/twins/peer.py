"""The other end of a bulk transfer, in a thread of its own; see `Variant.accompany`.

Bytes repeat after a megabyte only, so that one too many, too few or out of order shows. What a peer
received it confirms over the connection.
"""

import hashlib
import socket
import threading

PERIOD = (1 << 20) - 3
NEAR, FAR = (hashlib.shake_256(seed).digest(PERIOD) for seed in (b"near", b"far"))
PIECE = 1 << 16


class Pattern:
    """An endless sequence of bytes: one of the two above, again and again."""

    def __init__(self, period):
        self._bytes, self._at = period + period[:PIECE], 0

    def take(self, count):
        """The next bytes, at most PIECE."""
        taken = self._bytes[self._at : self._at + count]
        self._at = (self._at + count) % PERIOD
        return taken


class Receipt:
    """What was received: how much, and a checksum of it in order."""

    LENGTH = 16

    def __init__(self):
        self._count, self._hash = 0, hashlib.sha256()

    def add(self, data):
        """Counts these bytes in."""
        self._count += len(data)
        self._hash.update(data)

    def to_bytes(self):
        """As it is sent."""
        return self._count.to_bytes(8, "big") + self._hash.digest()[:8]


def drain(made):
    """Receives everything, then sends the receipt and ends."""
    receipt = Receipt()
    while data := made.recv(PIECE):
        receipt.add(data)
    made.sendall(receipt.to_bytes())
    made.shutdown(socket.SHUT_WR)


def source(made, size):
    """Sends so many bytes of FAR, then ends."""
    send_pattern(made, size)
    made.shutdown(socket.SHUT_WR)


def exchange(made, size):
    """Sends so many bytes of FAR while it receives everything, then sends the receipt and ends."""
    sender = threading.Thread(target=send_pattern, args=(made, size), daemon=True)
    sender.start()
    receipt = Receipt()
    while data := made.recv(PIECE):
        receipt.add(data)
    sender.join()
    made.sendall(receipt.to_bytes())
    made.shutdown(socket.SHUT_WR)


def send_pattern(made, size):
    """Sends so many bytes of FAR."""
    pattern = Pattern(FAR)
    while size > 0:
        count = min(size, PIECE)
        made.sendall(pattern.take(count))
        size -= count
