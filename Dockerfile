# One image for every process: the role is the command (`web`, `worker`, `callbacks run`, `sweeper`, `migrate`, or `up`
# for all of them). The engines of every media type are in it, since the films and sounds that hosted providers are sent
# need PyAV: 400 MB less with --build-arg EXTRAS="", traces with --build-arg EXTRAS="engines otel".
FROM python:3.11-slim AS build
WORKDIR /build
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.11-slim
ARG EXTRAS="engines"
RUN useradd --uid 10001 --user-group --create-home --home-dir /home/genhook genhook \
    && install -d -o genhook -g genhook -m 700 /data
COPY locks/ /locks/
COPY --from=build /wheel/ /wheel/
RUN pip install --no-cache-dir --require-hashes -r /locks/requirements.txt \
    && for extra in $EXTRAS; do pip install --no-cache-dir --require-hashes -r "/locks/requirements-$extra.txt" || exit 1; done \
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
