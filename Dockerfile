# syntax=docker/dockerfile:1
# One image for gate, executor and service: they differ in the command, in their credentials and in what they reach.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements/bootstrap.txt requirements/app.txt requirements/
RUN python -m venv /build/uv \
    && /build/uv/bin/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt \
    && /build/uv/bin/uv venv --python /usr/local/bin/python /venv \
    && /build/uv/bin/uv pip sync --require-hashes --python /venv/bin/python requirements/app.txt
WORKDIR /app
COPY sluicegate sluicegate
COPY agents agents
COPY tools tools
COPY graphs graphs
COPY evals evals
COPY serving serving
COPY policies policies
COPY bin/with-secrets bin/with-secrets
RUN /venv/bin/python -m compileall -q sluicegate agents tools graphs evals serving

FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 sluicegate \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sluicegate \
    && install -d -o 10001 -g 10001 -m 0700 /data /data/keys /data/models /data/policy
COPY --from=build /venv /venv
COPY --from=build /app /app
# Our top-level names are plain words: the root stands first on the path, so that ours are found (docs/decisions/0001).
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    LANGGRAPH_STRICT_MSGPACK=true \
    SLUICEGATE_DATA_DIR=/data
WORKDIR /app
USER 10001:10001
EXPOSE 8000
CMD ["bin/with-secrets", "python", "-m", "serving.api"]
