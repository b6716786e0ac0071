"""How this command line is called here, so that a command shown can be copied."""

import shutil
from functools import cache
from typing import Final

NAME: Final = "sluicegate"
LAUNCHER: Final = "bin/sluicegate"


@cache
def program() -> str:
    """Return the name on the path, or the launcher's path in the checkout."""
    return NAME if shutil.which(NAME) else LAUNCHER
