"""Clock, nonces and crash points, real and standing still."""

import re
import subprocess
import sys

import pytest

from sluicegate.adapters.memory.clock import FixedClock
from sluicegate.adapters.memory.nonce import SequenceNonce
from sluicegate.adapters.system.clock import SystemClock
from sluicegate.adapters.system.crash import KillAt, crash_points
from sluicegate.adapters.system.nonce import SecretsNonce, fresh_api_key
from sluicegate.ports.crash import NoCrash


def test_the_clock_counts_milliseconds_since_1970() -> None:
    first = SystemClock().now_ms()
    assert 1_700_000_000_000 < first <= SystemClock().now_ms() < 5_000_000_000_000


def test_a_fixed_clock_moves_only_forward_and_only_when_told() -> None:
    clock = FixedClock(10)
    clock.advance(5)
    assert (clock.now_ms(), clock.now_ms()) == (15, 15)
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


def test_nonces_have_their_shape_and_differ() -> None:
    for source in (SecretsNonce(), SequenceNonce()):
        drawn = [source.fresh() for _ in range(50)]
        assert len(set(drawn)) == 50
        assert all(re.fullmatch(r"[0-9a-f]{32}", nonce) for nonce in drawn)
    assert SequenceNonce().fresh() == "0" * 31 + "1"


def test_fresh_keys_have_their_shape_and_differ() -> None:
    keys = {fresh_api_key() for _ in range(50)}
    assert len(keys) == 50
    assert all(re.fullmatch(r"sg_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}", key) for key in keys)


def test_nothing_armed_does_nothing() -> None:
    assert isinstance(crash_points(""), NoCrash)
    crash_points("a.before_commit").reach("a.after_commit")


def test_an_armed_point_kills_the_process_without_clean_up() -> None:
    program = (
        "import atexit\n"
        "from sluicegate.adapters.system.crash import KillAt\n"
        "atexit.register(lambda: open('/dev/stdout', 'w').write('cleaned up'))\n"
        "try:\n    KillAt('p').reach('p')\n"
        "finally:\n    open('/dev/stdout', 'w').write('cleaned up')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode == -9, ended.stderr
    assert ended.stdout == b""
    assert isinstance(crash_points("p"), KillAt)
