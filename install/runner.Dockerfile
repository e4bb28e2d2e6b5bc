# A runner with its Node, and the engine proxy. The context is made by `pnpm run images`. Nothing is run or fetched here, so any Debian 12
# will do, also one that no registry knows. Where no engine is, functions run beside it as plain processes: Python ones need a base with Python 3.11 or later.
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}
COPY --chown=0:0 machine/node /opt/pulse/bin/node
# Of the libraries that Node needs, the one that the smallest Debian does not have.
COPY --chown=0:0 machine/lib/ /usr/lib/
COPY --chown=0:0 pulse /opt/pulse
# A new volume takes its owner from here.
COPY --chown=10002:10002 pulse/install/inside/data /var/lib/pulse-runner
ENV PATH=/opt/pulse/bin:/usr/local/bin:/usr/bin:/bin PULSE_STATE_DIR=/var/lib/pulse-runner
USER 10002:10002
WORKDIR /
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s --retries=3 CMD ["/opt/pulse/bin/node", "/opt/pulse/install/inside/runner-health.mjs"]
ENTRYPOINT ["/opt/pulse/bin/node", "/opt/pulse/install/inside/runner.mjs"]
CMD []
