"""LangGraph checkpoints, on SQLite or PostgreSQL, read back strictly.

The stock serializer imports and calls whatever a checkpoint names, or, told to be strict, hands
out a plain dict in place of a class that it does not know. Here an unknown class is an error, both
when it is written and when it is read, and nothing is imported because a checkpoint says so.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from sqlite3 import Error as SqliteError
from sqlite3 import connect
from typing import Any, Final
from uuid import UUID

import ormsgpack
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import (
    EXT_CONSTRUCTOR_KW_ARGS,
    EXT_CONSTRUCTOR_POS_ARGS,
    EXT_CONSTRUCTOR_SINGLE_ARG,
    EXT_METHOD_SINGLE_ARG,
    EXT_PYDANTIC_V2,
    JsonPlusSerializer,
)
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Interrupt, Overwrite, Send
from psycopg import Connection
from psycopg import Error as PsycopgError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool
from pydantic import ValidationError

from sluicegate.adapters.sql.urls import BUSY_TIMEOUT_MS, libpq_url, parse_url
from sluicegate.domain.errors import SluicegateError, Unavailable
from sluicegate.domain.value import Value
from sluicegate.ports.crash import CrashPoints, NoCrash

PUT_SEAM: Final = "checkpoint.put"
WRITES_SEAM: Final = "checkpoint.writes"
POOL_MAX: Final = 4
CONNECT_SECONDS: Final = 5.0
_SETUP_LOCK: Final = 7_301_004
_SETUP_TRIES_MAX: Final = 100
_SETUP_WAIT_SECONDS: Final = 0.1

_OWN_MODULES: Final = ("sluicegate.domain.", "sluicegate.ports.")
_KNOWN: Final[Mapping[tuple[str, str], Callable[..., object]]] = {
    (made_by.__module__, made_by.__name__): made_by
    for made_by in (
        AIMessage,
        AIMessageChunk,
        HumanMessage,
        RemoveMessage,
        SystemMessage,
        ToolMessage,
        Interrupt,
        Overwrite,
        Send,
        Decimal,
        UUID,
        date,
        deque,
        frozenset,
        set,
        timedelta,
        timezone,
    )
}


class CheckpointRefused(SluicegateError):
    """A checkpoint holds something that is not on the list of what may be persisted."""

    code = "checkpoint_refused"


class StrictSerializer(JsonPlusSerializer):
    """Writes as LangGraph does; reads kernel values, LangChain messages and plain types only."""

    def __init__(self) -> None:
        super().__init__(
            pickle_fallback=False,
            allowed_json_modules=None,
            allowed_msgpack_modules=None,
            __unpack_ext_hook__=_revive,
        )

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the bytes of a value; raise CheckpointRefused where it could not be read back."""
        try:
            kind, data = super().dumps_typed(obj)
        except (TypeError, ValueError) as cause:
            raise CheckpointRefused(f"A graph holds what cannot be stored: {cause}.") from None
        if kind == "msgpack":
            _unpack(data, _inspect)
        return kind, data

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Return the value; raise CheckpointRefused for an unknown class or another encoding."""
        kind, content = data
        if kind == "msgpack":
            return _unpack(content, _revive)
        if kind in ("null", "bytes", "bytearray"):
            return super().loads_typed(data)
        raise CheckpointRefused(f"A checkpoint is encoded as {kind!r}, which is not read here.")


@contextmanager
def _translated() -> Iterator[None]:
    """Raise Unavailable for an error of either driver; its text may hold a path, not a state."""
    try:
        yield
    except (SqliteError, PsycopgError) as cause:
        raise Unavailable(
            f"The checkpoint database did not answer ({type(cause).__name__}).",
            next_step="Check that it is running and writable; the case goes on where it was.",
        ) from cause


class _Guarded(BaseCheckpointSaver[str]):
    """What both savers get: crash points at their commits, and errors that are ours."""

    crash: CrashPoints = NoCrash()

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; raise Unavailable."""
        with self._seam(PUT_SEAM):
            return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Keep what a node wrote before the step is over; raise Unavailable."""
        with self._seam(WRITES_SEAM):
            super().put_writes(config, writes, task_id, task_path)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint; raise Unavailable."""
        with _translated():
            return super().get_tuple(config)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Return checkpoints, newest first; raise Unavailable."""
        with _translated():
            yield from super().list(config, filter=filter, before=before, limit=limit)

    @contextmanager
    def _seam(self, name: str) -> Iterator[None]:
        self.crash.reach(f"{name}.before_commit")
        with _translated():
            yield
        self.crash.reach(f"{name}.after_commit")


class GuardedSqliteSaver(_Guarded, SqliteSaver):
    """LangGraph's SQLite saver, guarded."""


class GuardedPostgresSaver(_Guarded, PostgresSaver):
    """LangGraph's PostgreSQL saver, guarded."""


@contextmanager
def open_checkpointer(
    url: str, crash: CrashPoints | None = None
) -> Iterator[BaseCheckpointSaver[str]]:
    """Open the store of checkpoints, its tables set up, and close it afterwards.

    Its commits are the seams ``checkpoint.put`` and ``checkpoint.writes`` for fault tests. Raise
    Unavailable where the database cannot be reached; the saver raises the same later.
    """
    made = _postgres if parse_url(url).get_backend_name() == "postgresql" else _sqlite
    with made(url, crash or NoCrash()) as saver:
        yield saver


@contextmanager
def _sqlite(url: str, crash: CrashPoints) -> Iterator[GuardedSqliteSaver]:
    path = Path(parse_url(url).database or "")
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise Unavailable(
                f"The folder of checkpoints cannot be made ({type(cause).__name__}).",
                next_step="Check SLUICEGATE_DATA_DIR and SLUICEGATE_CHECKPOINT_URL.",
            ) from cause
        with _translated():
            connection = stack.enter_context(
                closing(connect(path, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000))
            )
            connection.execute("PRAGMA journal_mode = WAL")
            # A lost checkpoint runs a node again; the gate recognises that, a person would not.
            connection.execute("PRAGMA synchronous = FULL")
            saver = GuardedSqliteSaver(connection, serde=StrictSerializer())
            saver.setup()
        saver.crash = crash
        yield saver


@contextmanager
def _postgres(url: str, crash: CrashPoints) -> Iterator[GuardedPostgresSaver]:
    pool: ConnectionPool[Connection[DictRow]] = ConnectionPool(
        libpq_url(url),
        min_size=1,
        max_size=POOL_MAX,
        timeout=CONNECT_SECONDS,
        open=False,
        check=ConnectionPool.check_connection,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )
    with closing(pool):
        with _translated():
            pool.open(wait=True, timeout=CONNECT_SECONDS)
            saver = GuardedPostgresSaver(pool, serde=StrictSerializer())
            with pool.connection() as holder:
                _lock_setup(holder)
                try:
                    saver.setup()
                finally:
                    holder.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))
        saver.crash = crash
        yield saver


def _lock_setup(holder: Connection[DictRow]) -> None:
    # Set-up builds indexes CONCURRENTLY, which waits for every open statement; one that itself
    # waits for a lock would never end, so the lock is tried for, not waited for.
    for _ in range(_SETUP_TRIES_MAX):
        row = holder.execute("SELECT pg_try_advisory_lock(%s) AS held", (_SETUP_LOCK,)).fetchone()
        if row is not None and row["held"]:
            return
        time.sleep(_SETUP_WAIT_SECONDS)
    raise Unavailable("Another process has been setting up the checkpoint tables for too long.")


def _unpack(data: bytes, hook: Callable[[int, bytes], object]) -> object:
    """Unpack msgpack; the packer hides what a hook raised, so it is kept and raised here."""
    refused: list[Exception] = []

    def guarded(code: int, content: bytes) -> object:
        try:
            return hook(code, content)
        except Exception as cause:
            refused.append(cause)
            raise

    try:
        value: object = ormsgpack.unpackb(data, ext_hook=guarded, option=ormsgpack.OPT_NON_STR_KEYS)
    except Exception as cause:
        first = refused[0] if refused else cause
        if isinstance(first, CheckpointRefused):
            raise first from None
        raise CheckpointRefused(f"A checkpoint cannot be read: {type(first).__name__}.") from first
    return value


def _inspect(code: int, content: bytes) -> object:
    """Refuse what `_revive` would refuse, without making any of it."""
    named = _unpack(content, _inspect)
    _maker(code, named)
    return None


def _revive(code: int, content: bytes) -> object:
    named = _unpack(content, _revive)
    maker, payload = _maker(code, named)
    if isinstance(maker, type) and issubclass(maker, Value):
        return _kernel_value(maker, payload)
    return _made(code, maker, payload)


def _made(code: int, maker: Callable[..., object], payload: Any) -> object:
    if code == EXT_CONSTRUCTOR_POS_ARGS:
        return maker(*payload)
    if code in (EXT_CONSTRUCTOR_KW_ARGS, EXT_PYDANTIC_V2):
        return maker(**payload)
    return maker(payload)


def _maker(code: int, named: object) -> tuple[Callable[..., object], Any]:
    if not isinstance(named, list) or len(named) < 3:
        raise CheckpointRefused("A checkpoint holds an object without a name.")
    module, name, payload = str(named[0]), str(named[1]), named[2]
    if code == EXT_METHOD_SINGLE_ARG:
        if (module, name, named[3]) == ("datetime", "datetime", "fromisoformat"):
            return datetime.fromisoformat, payload
    elif code in (
        EXT_CONSTRUCTOR_SINGLE_ARG,
        EXT_CONSTRUCTOR_POS_ARGS,
        EXT_CONSTRUCTOR_KW_ARGS,
        EXT_PYDANTIC_V2,
    ):
        known = _KNOWN.get((module, name)) or _own_class(module, name)
        if known is not None:
            return known, payload
    raise CheckpointRefused(
        f"A checkpoint names {module}.{name}, which may not be persisted.",
        next_step="Keep kernel values, messages and plain types in graph state; a class that was "
        "renamed needs the runs that hold it finished first.",
    )


def _own_class(module: str, name: str) -> Callable[..., object] | None:
    if not module.startswith(_OWN_MODULES):
        return None
    for base in (Value, StrEnum):
        for found in _below(base):
            if (found.__module__, found.__name__) == (module, name):
                return found
    return None


def _below(base: type) -> Iterator[type]:
    found: type
    for found in base.__subclasses__():
        yield found
        yield from _below(found)


def _kernel_value(kind: type[Value], payload: object) -> Value:
    """Validate as strictly as when the value came in: through JSON, as msgpack has no tuples."""
    try:
        return kind.from_json(json.dumps(payload, default=_as_json))
    except (ValidationError, TypeError) as cause:
        raise CheckpointRefused(f"A checkpoint's {kind.__name__} is not valid any more.") from cause


def _as_json(value: object) -> object:
    if isinstance(value, Value):
        return value.as_json()
    raise TypeError(f"{type(value).__name__} has no JSON form")
