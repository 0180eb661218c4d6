# Targets: `app` (default: serves, CPU only) and `training` (trains on the GPU where there is one).
# Installs follow the machine's registry settings; behind a mirror pass them as secrets:
#   docker build --secret id=pip.conf,src=pip.conf --secret id=uv.toml,src=uv.toml .
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS uv
WORKDIR /build
RUN apt-get update -qq && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends binutils >/dev/null
COPY requirements/uv.txt requirements/
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    python3 -m venv /uv && \
    /uv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements/uv.txt
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_CACHE_DIR=/cache

FROM uv AS app-packages
COPY requirements/app.txt requirements/
RUN --mount=type=cache,target=/cache \
    --mount=type=secret,id=uv.toml,target=/etc/uv/uv.toml \
    /uv/bin/uv venv --quiet --python python3 /venv && \
    /uv/bin/uv pip sync --quiet --require-hashes --compile-bytecode \
      --python /venv/bin/python requirements/app.txt
# A third of TensorFlow is for those who build against it: headers, libclang, symbol tables.
RUN rm -rf /venv/lib/python3*/site-packages/tensorflow/include \
      /venv/lib/python3*/site-packages/clang && \
    strip --strip-unneeded /venv/lib/python3*/site-packages/tensorflow/libtensorflow_*.so.2

FROM uv AS training-packages
# `training` instead of `training-gpu` leaves CUDA's libraries out.
ARG PACKAGES=training-gpu
COPY requirements/${PACKAGES}.txt requirements/
RUN --mount=type=cache,target=/cache \
    --mount=type=secret,id=uv.toml,target=/etc/uv/uv.toml \
    /uv/bin/uv venv --quiet --python python3 /venv && \
    /uv/bin/uv pip sync --quiet --require-hashes --compile-bytecode \
      --python /venv/bin/python requirements/${PACKAGES}.txt
RUN rm -rf /venv/lib/python3*/site-packages/tensorflow/include

FROM ${BASE} AS base
RUN useradd --uid 65532 --user-group --no-create-home --home-dir /tmp \
      --shell /usr/sbin/nologin atlas
WORKDIR /atlas
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
LABEL org.opencontainers.image.title="vae-atlas" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE ./

FROM base AS training
LABEL org.opencontainers.image.description="Trains a VAE and exports it for vae-atlas to serve."
COPY --from=training-packages /venv /venv
# Any user may write runs and downloaded data here; a volume mounted on it takes the mode over.
ENV KERAS_HOME=/atlas/runs/keras
RUN mkdir --mode=1777 runs
COPY scripts/train scripts/
COPY models/*.py models/
COPY training training
USER 65532:65532
ENTRYPOINT ["python", "-m", "training"]
CMD ["--help"]

FROM base AS app
LABEL org.opencontainers.image.description="Serves VAEs over HTTP, with an explorer of their latent space."
COPY --from=app-packages /venv /venv
COPY models/exports models/exports
COPY deploy/healthy.py ./
COPY models/*.py models/
COPY app app
USER 65532:65532
# TensorFlow wants a temporary folder to exist; of a read-only container only this one is writable.
ENV ATLAS_HOST=0.0.0.0 TMPDIR=/dev/shm
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["python", "-IS", "healthy.py"]
ENTRYPOINT ["python", "-m", "app"]
