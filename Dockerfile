# One image with the binary of every service; what a container runs is its command: `docker run ekspiper ledger-source …`.

FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make pkg-config libssl-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Without default features `ekspiper up` and all of `dev/` are left out.
RUN cargo build --locked --release --no-default-features --bins \
        $(for service in services/*; do printf -- '--package %s ' "${service#services/}"; done) \
    && mkdir /out \
    && for service in services/*; do cp "target/release/${service#services/}" /out/; done

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="ekspiper" \
    org.opencontainers.image.description="The XRP Ledger as exactly-once, verified Kafka topics" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /usr/local/bin/
USER 65532:65532
EXPOSE 9090
