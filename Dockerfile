# One image for every process: the role is the command (`web`, `worker`, `callbacks run`, `sweeper`, `migrate`, or `up`
# for all of them). Extras, such as the engines of every media type: --build-arg EXTRAS=engines
FROM python:3.11-slim AS build
WORKDIR /build
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.11-slim
ARG EXTRAS=""
RUN useradd --uid 10001 --user-group --create-home --home-dir /home/genhook genhook \
    && install -d -o genhook -g genhook -m 700 /data
COPY locks/ /locks/
COPY --from=build /wheel/ /wheel/
RUN pip install --no-cache-dir --require-hashes -r /locks/requirements.txt \
    && if [ "$EXTRAS" = engines ]; then pip install --no-cache-dir --require-hashes -r /locks/requirements-engines.txt; fi \
    && if [ "$EXTRAS" = otel ]; then pip install --no-cache-dir --require-hashes -r /locks/requirements-otel.txt; fi \
    && pip install --no-cache-dir --no-deps /wheel/*.whl \
    && rm -r /wheel /locks
# By number, as Kubernetes wants it to know that this is not root.
USER 10001:10001
WORKDIR /data
ENV GENHOOK_DATA_DIR=/data HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
# A process without HTTP is healthy while it runs: its heartbeat is judged by the sweeper.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["genhook", "healthy"]
ENTRYPOINT ["genhook"]
CMD ["up"]
