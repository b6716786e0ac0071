"""The service process: ``python -m serving.api``. It runs graphs and holds no key to money."""

import argparse
import logging
import sys
from typing import Final

import uvicorn

from serving.api.app import create_app
from serving.api.recovery import recovering
from serving.bootstrap import open_service
from serving.lifeline import run_process, stop_when_parent_goes

KEEP_ALIVE_S: Final = 30
CONNECTIONS_MAX: Final = 512
SHUTDOWN_S: Final = 30
"""How long requests that are under way may take to end; their cases are recovered otherwise."""


def main() -> None:
    """Serve the API until told to stop."""
    parser = argparse.ArgumentParser(prog="sluicegate-service", description="The service.")
    parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")
    given = parser.parse_args()
    if given.lifeline:
        stop_when_parent_goes()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with open_service(warm_up=True) as runtime, recovering(runtime.cases):
        config = uvicorn.Config(
            create_app(runtime),
            host=runtime.settings.host,
            port=runtime.settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=SHUTDOWN_S,
            limit_concurrency=CONNECTIONS_MAX,
        )
        uvicorn.Server(config).run()


if __name__ == "__main__":
    sys.exit(run_process("service", main))
