"""One way to run a case, and what happens beside it."""

import heapq
import itertools
import socket
import threading
import time

SIZES = {"100kB": 100_000, "1MiB": 1 << 20, "64MiB": 64 << 20}


class Variant:
    """A variant by its words, such as `inet6,timeout`.

    Inside `with` steps can be scheduled; at the end they are over, and what failed in them is raised.
    """

    def __init__(self, words):
        words = words.split(",")
        self.family = socket.AF_INET6 if "inet6" in words else socket.AF_INET
        self.mode = next((m for m in ("timeout", "non-blocking") if m in words), "blocking")
        self.role = "accepted" if "accepted" in words else "connected"
        self.size = next((SIZES[word] for word in words if word in SIZES), SIZES["100kB"])
        self._steps, self._count, self._changed = [], itertools.count(), threading.Condition()
        self._threads, self._kept, self._error, self._over = [], [], None, False

    @property
    def is_inet6(self):
        """Whether the family is IPv6."""
        return self.family == socket.AF_INET6

    @property
    def loopback(self):
        """The host's own address."""
        return "::1" if self.is_inet6 else "127.0.0.1"

    def later(self, after, call, *arguments):
        """Makes a call so many seconds from now, in another thread."""
        with self._changed:
            step = (time.monotonic() + after, next(self._count), call, arguments)
            heapq.heappush(self._steps, step)
            self._changed.notify()
        if not self._threads:
            self._start(self._run_steps)

    def accompany(self, call, *arguments):
        """Makes a call in a thread of its own, which is waited for at the end."""
        self._start(call, *arguments)

    def keep(self, thing):
        """Keeps a socket open until the end."""
        self._kept.append(thing)
        return thing

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._changed:
            self._over = True
            self._changed.notify()
        for thread in self._threads:
            thread.join(timeout=20)
        for thing in self._kept:
            thing.close()
        if self._error is not None:
            raise self._error

    def _start(self, call, *arguments):
        def guarded():
            try:
                call(*arguments)
            except Exception as error:  # told at the end
                self._error = error

        thread = threading.Thread(target=guarded, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run_steps(self):
        while True:
            with self._changed:
                while not self._over and not (self._steps and self._steps[0][0] <= time.monotonic()):
                    left = self._steps[0][0] - time.monotonic() if self._steps else None
                    self._changed.wait(None if left is None else max(left, 0))
                if self._over:
                    return
                _, _, call, arguments = heapq.heappop(self._steps)
            call(*arguments)
