"""Runs the command line: ``python -m serving.cli``."""

import sys

from serving.cli.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
