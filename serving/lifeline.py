"""A child that must not outlive its parent holds a pipe to it, and stops when that closes."""

import os
import signal
import sys
import threading


def stop_when_parent_goes() -> None:
    """Send this process SIGTERM once standard input ends, which is also what a killed parent
    leaves.
    """

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="lifeline").start()
