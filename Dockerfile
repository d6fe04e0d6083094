# One image with the binary of every service; what a container runs is its command: `docker run ekspiper ledger-source …`.
#
# Dependencies are a layer of their own: it is built of the manifests alone, so a change of the sources leaves it in the cache.

FROM rust:1.95.0-slim-bookworm AS base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make pkg-config libssl-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src

# The manifests of the workspace, with an empty source for each target that they imply.
FROM base AS manifests
COPY . /whole
RUN cp /whole/Cargo.toml /whole/Cargo.lock /whole/rust-toolchain.toml . \
    && cd /whole \
    && find . -mindepth 2 -name Cargo.toml -not -path '*/fuzz/*' -exec cp --parents {} /src/ ';' \
    && find . \( -path '*/src/lib.rs' -o -path '*/src/main.rs' -o -path '*/benches/*.rs' -o -path '*/src/bin/*.rs' \) \
        -exec sh -c 'for file; do mkdir -p "/src/$(dirname "$file")" && echo "fn main() { }" >"/src/$file"; done' sh {} +

FROM base AS build
COPY --from=manifests /src .
RUN cargo build --locked --release --no-default-features $(printf -- '--package %s ' $(ls services))
COPY . .
# Newer than what was built of the empty sources. Without default features `ekspiper up` and all of `dev/` are left out.
RUN find . -name '*.rs' -exec touch {} + \
    && cargo build --locked --release --no-default-features $(printf -- '--package %s ' $(ls services)) \
    && mkdir /out \
    && for service in services/*; do cp "target/release/${service#services/}" /out/; done

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="ekspiper" \
    org.opencontainers.image.description="The XRP Ledger as exactly-once, verified Kafka topics" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY LICENSE NOTICE /usr/share/doc/ekspiper/
COPY --from=build /out/ /usr/local/bin/
USER 65532:65532
EXPOSE 9090
