# The gateway, with the dashboard, the CLI and its Node. The context is made by `pnpm run images`. Nothing is run or fetched here, so any
# Debian 12 will do, also one that no registry knows.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}
COPY --chown=0:0 machine/node /opt/pulse/bin/node
# Of the libraries that Node needs, the one that the smallest Debian does not have.
COPY --chown=0:0 machine/lib/ /usr/lib/
COPY --chown=0:0 pulse /opt/pulse
# A new volume takes its owner from here.
COPY --chown=10001:10001 pulse/install/inside/data /var/lib/pulse
ENV PATH=/opt/pulse/bin:/usr/local/bin:/usr/bin:/bin PULSE_HOST=0.0.0.0 PULSE_PORT=8787 PULSE_DATA_DIR=/var/lib/pulse
VOLUME /var/lib/pulse
USER 10001:10001
WORKDIR /
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/opt/pulse/bin/node", "/opt/pulse/install/inside/gateway-health.mjs"]
ENTRYPOINT ["/opt/pulse/bin/node", "/opt/pulse/programs/gateway.mjs"]
CMD []
