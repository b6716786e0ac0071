"""``make bench``: the benchmarks, beside a PostgreSQL server that is started for them and stopped
afterwards.
"""

import sys

from serving.bench.__main__ import main
from tests.databases import running_postgres

RELAXED = "?options=-csynchronous_commit%3Doff"


def run() -> None:
    """Add the server's addresses to the command line and measure."""
    with running_postgres() as server:
        for name in ("bench_durable", "bench_relaxed"):
            server.create(name)
        sys.argv += ["--postgres", server.url_of("bench_durable")]
        sys.argv += ["--postgres-relaxed", server.url_of("bench_relaxed") + RELAXED]
        main()


if __name__ == "__main__":
    run()
