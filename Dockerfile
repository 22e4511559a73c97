# SPDX-License-Identifier: MIT
# Dockerfile - an image with Reeve and nothing else: four static programs, no shell, no library.
#
#	docker build -t reeve .
#	docker run --read-only --tmpfs /run -v "$PWD/reeve.conf:/etc/reeve/reeve.conf" reeve
#
# Programs to run come from an image of yours: FROM it, COPY --from=reeve /bin/ /usr/local/bin/,
# and the entry point below.

FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make
COPY . /src
WORKDIR /src
RUN scripts/setup build && make static

FROM scratch
COPY --from=build /src/build/static/reeved /src/build/static/reeve-manager \
	/src/build/static/reeve-logger /src/build/static/reevectl /bin/
ENTRYPOINT ["/bin/reeved", "-n", "-c", "/etc/reeve/reeve.conf"]
