"""Runs the command line: ``python -m serving.cli``."""

import signal
import sys

# Until the command runs and can say something kinder, Ctrl-C ends the process without a trace.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from serving.cli.app import main  # noqa: E402  (the imports are what takes long enough to stop)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
