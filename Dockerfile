# The wheel, and the versions of its dependencies that the tests ran with.
FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv
WORKDIR /source
COPY . .
RUN uv build --wheel --out-dir /wheels \
 && uv export --locked --no-dev --no-emit-project --output-file /wheels/requirements.txt

FROM python:3.11-slim-bookworm
# The fonts of certificates.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --home-dir /var/lib/heliograph --shell /usr/sbin/nologin heliograph \
 && install -d -o heliograph -g heliograph -m 700 /var/lib/heliograph
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --require-hashes --requirement /wheels/requirements.txt \
 && pip install --no-cache-dir --no-deps /wheels/heliograph-*.whl
COPY deploy/healthcheck.py /usr/local/lib/heliograph/healthcheck.py

USER heliograph
WORKDIR /var/lib/heliograph
ENV HELIOGRAPH_HOME=/var/lib/heliograph
VOLUME /var/lib/heliograph
EXPOSE 8000
# The first start makes a database, or waits for one.
HEALTHCHECK --interval=15s --timeout=10s --start-period=2m CMD ["python", "/usr/local/lib/heliograph/healthcheck.py"]
ENTRYPOINT ["heliograph"]
CMD ["up", "--host", "0.0.0.0"]
