# The program in a container: docker build -t hiroba . — see docs/deploy.md for how to run it.

FROM rust:1.95-slim-bookworm AS build
# A C compiler, for the database drivers that are built in.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin hiroba && cp target/release/hiroba /usr/local/bin/hiroba

FROM debian:bookworm-slim
# Certificate authorities, for a file store that is reached by TLS.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin hiroba \
    && install -d -m 0700 -o hiroba -g hiroba /data
COPY --from=build /usr/local/bin/hiroba /usr/local/bin/hiroba
USER 10001
ENV MALLOC_ARENA_MAX=2 HIROBA_DATA_DIR=/data HIROBA_BIND=0.0.0.0:8080 HIROBA_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# No HEALTHCHECK: whoever runs containers asks /healthz and /readyz.
ENTRYPOINT ["/usr/local/bin/hiroba"]
CMD ["serve"]
