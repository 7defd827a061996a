# Hubbub in a container: `docker build -t hubbub .`, or `docker compose up` with compose.yaml.  See docs/install.md.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/hubbub
COPY requirements/s3.lock requirements/
RUN /opt/hubbub/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/s3.lock
COPY pyproject.toml README.md LICENSE ./
COPY flask_fanout/src flask_fanout/src
COPY hubbub_client/src hubbub_client/src
COPY hubbub hubbub
RUN /opt/hubbub/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && python -m compileall -q /opt/hubbub

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin hubbub \
 && install --directory --owner=hubbub --group=hubbub --mode=700 /data
COPY --from=build /opt/hubbub /opt/hubbub
ENV PATH=/opt/hubbub/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HUBBUB_HOST=0.0.0.0 HUBBUB_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/healthz', timeout=4)"]
ENTRYPOINT ["hubbub"]
CMD ["serve"]
