"""Reading an event from a file or standard input, never more of it than an event may hold."""

import sys
from typing import BinaryIO, Final

from serving.cli.plain import plain
from sluicegate.domain.canonical import INTEGER_MAX
from sluicegate.domain.errors import InvalidEvent, InvalidInput
from sluicegate.domain.event import EVENT_BYTES_MAX, parse_dispute_event

STDIN: Final = "-"


def read_event_bytes(name: str) -> bytes:
    """Return the bytes of an event whose form is right; raise InvalidInput for any that is not.

    The form is looked at before anything is started. What depends on the time is not.
    """
    raw = _read(name)
    if len(raw) > EVENT_BYTES_MAX:
        raise InvalidEvent(
            f"The event is larger than {EVENT_BYTES_MAX} bytes; it was not read to its end.",
            next_step="Shorten the narrative and send documents separately.",
        )
    parse_dispute_event(raw, now_ms=INTEGER_MAX)
    return raw


def _read(name: str) -> bytes:
    if name == STDIN:
        return _bounded(sys.stdin.buffer)
    try:
        with open(name, "rb") as file:
            return _bounded(file)
    except IsADirectoryError:
        raise _unreadable(name, "it is a directory") from None
    except FileNotFoundError:
        raise _unreadable(name, "there is no such file") from None
    except (OSError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) and cause.strerror else "bad name"
        raise _unreadable(name, why.lower()) from None


def _bounded(file: BinaryIO) -> bytes:
    return file.read(EVENT_BYTES_MAX + 1)


def _unreadable(name: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{plain(name, 200)} cannot be read: {why}.",
        next_step="Name a file that holds one dispute event as JSON, or - for standard input.",
    )
