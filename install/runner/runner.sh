#!/bin/sh
# Installs a Pulse runner from its gateway. The line of the add-a-runner dialog starts it:
#   curl -fsSL $GATEWAY/install/runner.sh | PULSE_GATEWAY=… PULSE_ENROLMENT_TOKEN=… sh -s -- [--service] [--process]
# It needs curl or wget, tar, sha256sum and Node. Settings of the runner that stand in its environment are kept; the token is not.
set -eu

say() { printf 'pulse: %s\n' "$*" >&2; }
die() { say "✗ $*"; exit 1; }

usage() {
  cat >&2 <<'WORDS'
Installs a Pulse runner from its gateway.
  --service    as services of systemd (needs root; asks sudo for it), in /opt/pulse-runner
  --process    functions run as plain processes, NOT separated from each other: only for code that is trusted
  --no-start   installs and enrols only
  --dir PATH   instead of ~/.pulse-runner
  --remove     stops it and removes everything of it, with --service the services
Variables: PULSE_GATEWAY, PULSE_ENROLMENT_TOKEN or PULSE_ENROLMENT_TOKEN_FILE, PULSE_RUNNER_NAME and the runner's other settings.
WORDS
}

fetch() { # URL FILE
  if command -v curl >/dev/null 2>&1; then curl -fsSL --retry 2 -o "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then wget -q -O "$2" "$1"
  else die "curl or wget is needed"; fi
}

platform() {
  os=$(uname -s | tr 'A-Z' 'a-z')
  case $(uname -m) in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) cpu=$(uname -m) ;;
  esac
  printf '%s-%s\n' "$os" "$cpu"
}

# Says where Node is, or what is wrong with it.
find_node() { # LEAST
  found=${PULSE_NODE:-$(command -v node || true)}
  [ -n "$found" ] || die "Node is missing: install Node $1 or later (https://nodejs.org), or name it by PULSE_NODE"
  "$found" -e '
    const [has, least] = [process.versions.node, process.argv[1]].map((one) => one.split(".").map(Number));
    const at = has.findIndex((part, i) => part !== least[i]);
    process.exit(at < 0 || has[at] > least[at] ? 0 : 1)' "$1" ||
    die "Node $1 or later is needed, $found is $("$found" --version 2>&1 | head -n 1)"
  "$found" -e 'process.stdout.write(process.execPath)'
}

# What a runner reads from its environment. Nothing else that stands there is kept or handed on: a key of the CLI is none of its business.
own="PULSE_CACHE_MB PULSE_COMMANDS PULSE_COMMANDS_DIR PULSE_CONTAINER_RUNTIME PULSE_DISK_FREE_MB PULSE_DRAIN_SECONDS PULSE_EGRESS PULSE_EGRESS_OPEN
PULSE_GATEWAY PULSE_IMAGES PULSE_IMAGE_PYTHON PULSE_IMAGE_TYPESCRIPT PULSE_INSTALL_MB PULSE_INSTALL_SECONDS PULSE_LOG PULSE_POLICY PULSE_REGISTRY_AUTH_FILE
PULSE_REQUESTS PULSE_RUNNER_NAME PULSE_SANDBOX PULSE_SANDBOX_MB PULSE_SECCOMP PULSE_SLOTS PULSE_SPOOL_MB PULSE_VAULT_ADDR PULSE_VAULT_CACHE_SECONDS
PULSE_VAULT_MOUNT PULSE_VAULT_NAMESPACE PULSE_VAULT_ROLE_ID PULSE_VAULT_SECRET_ID_FILE PULSE_VAULT_TOKEN_FILE"

# The runner's settings as they stand in the environment, for a file that both a shell and systemd read.
settings() {
  for name in $own; do
    eval "value=\${$name-}"
    [ -n "$value" ] || continue
    case $value in *"'"* | *'
'*) die "$name must be one line without quotes" ;; esac
    printf "%s='%s'\n" "$name" "$value"
  done
}

# Fetches the bundle of this platform, and unpacks it under its checksum. Sets: sha, bundle.
download() { # INTO
  fetch "$PULSE_GATEWAY/install/manifest.txt" "$work/manifest" || die "nothing at $PULSE_GATEWAY/install/: is it the gateway's address, and is its dashboard built?"
  here=$(platform)
  line=$(grep " $here " "$work/manifest" || true)
  [ -n "$line" ] || die "this gateway has no runner for $here, only for: $(awk 'NF == 3 { printf "%s ", $2 }' "$work/manifest")"
  sha=${line%% *}
  node=$(find_node "$(sed -n 's/^node //p' "$work/manifest")")
  case $1$node in *"'"*) die "a folder with a quote in its name cannot be used: $1, $node" ;; esac
  bundle=$1/versions/$sha
  if [ ! -d "$bundle" ]; then
    say "fetching the runner $(sed -n 's/^version //p' "$work/manifest") for $here"
    fetch "$PULSE_GATEWAY/install/${line##* }" "$work/bundle.tar.gz" || die "the download broke off; the same line may be used again"
    printf '%s  %s\n' "$sha" "$work/bundle.tar.gz" | sha256sum -c >/dev/null 2>&1 || die "the download has another checksum than the gateway says: nothing was installed"
    mkdir -p "$1/versions"
    rm -rf "$bundle.part"
    mkdir "$bundle.part"
    tar -xzf "$work/bundle.tar.gz" -C "$bundle.part" --no-same-owner
    mv "$bundle.part" "$bundle"
  fi
}

put_in_place() { # DIR
  rm -f "$1/current.next" "$1/trial" "$1/trial.begun" "$1/trial.seconds"
  ln -s "versions/$sha" "$1/current.next"
  mv -fT "$1/current.next" "$1/current"
}

launcher() { # BASE DIR NODE
  cp "$bundle/install/pulse-runner" "$1/pulse-runner"
  cp "$bundle/install/runner.sh" "$1/runner.sh"
  chmod 755 "$1/pulse-runner"
  printf "dir='%s'\nnode='%s'\n" "$2" "$3" >"$1/install.env"
}

enrol() { # STATE
  PULSE_STATE_DIR=$1 "$node" "$bundle/app/runner.js" enrol || die "this runner was not enrolled: see the line above. A token is good once and for an hour; the dialog makes another one"
}

install_here() {
  base=${at:-${HOME:?}/.pulse-runner}
  mkdir -p "$base"
  chmod 700 "$base"
  base=$(cd "$base" && pwd)
  download "$base"
  enrol "$base/state"
  put_in_place "$base"
  launcher "$base" "$base" "$node"
  umask 077
  { settings; printf "PULSE_STATE_DIR='%s'\n" "$base/state"; } >"$base/runner.env"
  say "installed in $base; start it with $base/pulse-runner, remove it with $base/pulse-runner remove"
  [ "$start" = yes ] || return 0
  unset PULSE_ENROLMENT_TOKEN PULSE_ENROLMENT_TOKEN_FILE
  rm -rf "$work"
  trap - EXIT
  exec "$base/pulse-runner" run </dev/null
}

# A service has root's rights for the moment of its installation only.
with_rights() {
  [ "$(id -u)" != 0 ] || return 0
  command -v sudo >/dev/null 2>&1 || die "--service needs root, and there is no sudo"
  self=$work/runner.sh
  fetch "$PULSE_GATEWAY/install/runner.sh" "$self"
  # Words of a command line are seen by everybody on the machine: settings and token are only named as files.
  (
    umask 077
    [ -z "${PULSE_ENROLMENT_TOKEN:-}" ] || printf '%s\n' "$PULSE_ENROLMENT_TOKEN" >"$work/token"
    settings >"$work/settings"
  )
  [ ! -f "$work/token" ] || PULSE_ENROLMENT_TOKEN_FILE=$work/token
  # shellcheck disable=SC2016
  sudo sh -c 'set -a; . "$1"; PULSE_ENROLMENT_TOKEN_FILE=$2; PULSE_NODE=$3; shift 3; exec sh "$@"' sh \
    "$work/settings" "${PULSE_ENROLMENT_TOKEN_FILE:-}" "${PULSE_NODE:-$(command -v node || true)}" "$self" "$@" || exit $?
  exit 0
}

install_service() {
  command -v systemctl >/dev/null 2>&1 || die "--service needs systemd; without it the line works as well, and starts the runner until it is ended"
  base=/opt/pulse-runner
  state=/var/lib/pulse-runner
  [ "$plain" = yes ] || getent group docker >/dev/null || die "there is no Docker engine here (no group docker): install one, or say --process for code that is trusted"
  getent passwd pulse-runner >/dev/null || useradd --system --user-group pulse-runner
  mkdir -p "$base/bin" "$state/install" "$state/tmp" /etc/pulse
  chmod 755 "$base"
  chmod 700 "$state"
  # What root runs and copies is what was fetched now, never what stands where the runner can write.
  download "$work/fetched"
  enrol "$state"
  version=$state/install/versions/$sha
  mkdir -p "$state/install/versions"
  rm -rf "$version.part"
  cp -r "$bundle" "$version.part"
  rm -rf "$version"
  mv "$version.part" "$version"
  put_in_place "$state/install"
  # A Node in somebody's home is not there for a service.
  case $node in
    /home/* | /root/*) cp "$node" "$base/bin/node" && chmod 755 "$base/bin/node" ;;
    *) ln -sfn "$node" "$base/bin/node" ;;
  esac
  launcher "$base" "$state/install" "$base/bin/node"
  (umask 077; settings >/etc/pulse/runner.env)
  if [ "$plain" = yes ]; then
    sed -e '/pulse-engine-proxy/d' -e 's/PULSE_SANDBOX=docker/PULSE_SANDBOX=process/' -e 's| DOCKER_HOST=[^ ]*||' \
      "$bundle/install/pulse-runner.service" >/etc/systemd/system/pulse-runner.service
  else
    getent passwd pulse-runner-engine >/dev/null || useradd --system --no-user-group --gid pulse-runner pulse-runner-engine
    # The one with the engine's socket runs from where the runner cannot write.
    rm -rf "$base/engine"
    cp -r "$bundle" "$base/engine"
    chown -R root:root "$base/engine"
    cp "$bundle/install/pulse-runner.service" "$bundle/install/pulse-engine-proxy.service" /etc/systemd/system/
  fi
  chown -R pulse-runner:pulse-runner "$state"
  systemctl daemon-reload
  systemctl enable --quiet pulse-runner
  [ "$start" = yes ] || return 0
  [ "$plain" = yes ] || systemctl restart pulse-engine-proxy
  systemctl restart pulse-runner
  say "installed as pulse-runner.service: systemctl status pulse-runner, journalctl -u pulse-runner"
}

remove() {
  base=${at:-${HOME:?}/.pulse-runner}
  if [ "$service" = yes ] || [ "$base" = /opt/pulse-runner ]; then
    [ "$(id -u)" = 0 ] || die "the service is removed by root: sudo /opt/pulse-runner/pulse-runner remove"
    systemctl disable --now --quiet pulse-runner pulse-engine-proxy 2>/dev/null || true
    rm -f /etc/systemd/system/pulse-runner.service /etc/systemd/system/pulse-engine-proxy.service /etc/pulse/runner.env
    systemctl daemon-reload 2>/dev/null || true
    rm -rf /opt/pulse-runner /var/lib/pulse-runner
    for user in pulse-runner-engine pulse-runner; do userdel "$user" 2>/dev/null || true; done
  else
    [ -f "$base/install.env" ] || die "there is no runner in $base"
    if command -v pgrep >/dev/null 2>&1; then
      pids=$(pgrep -f "^[^ ]*sh $base/pulse-runner run" || true)
      for pid in $pids; do
        kill -TERM "$pid" 2>/dev/null || continue
        left=60
        while [ "$left" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do sleep 1; left=$((left - 1)); done
      done
    fi
    rm -rf "$base/versions" "$base/state" "$base/current" "$base/trial" "$base/trial.begun" "$base/trial.seconds" "$base/taken-back" \
      "$base/install.env" "$base/runner.env" "$base/runner.sh" "$base/pulse-runner"
    rmdir "$base" 2>/dev/null || true
  fi
  say "removed. It stays on the gateway's list until pulse runner remove <name>"
}

main() {
  service=no plain=no start=yes removing=no at=
  for word in "$@"; do
    case ${expecting:-} in dir) at=$word; expecting=; continue ;; esac
    case $word in
      --service) service=yes ;;
      --process) plain=yes ;;
      --no-start) start=no ;;
      --remove) removing=yes ;;
      --dir) expecting=dir ;;
      --help | -h) usage; exit 0 ;;
      *) usage; die "unknown: $word" ;;
    esac
  done
  if [ "$removing" = yes ]; then remove; exit 0; fi
  [ -n "${PULSE_GATEWAY:-}" ] || { usage; die "PULSE_GATEWAY is not set: the gateway's address"; }
  PULSE_GATEWAY=${PULSE_GATEWAY%/}
  export PULSE_GATEWAY
  [ -n "${PULSE_ENROLMENT_TOKEN_FILE:-}" ] || unset PULSE_ENROLMENT_TOKEN_FILE
  for tool in tar sha256sum awk sed; do command -v "$tool" >/dev/null 2>&1 || die "$tool is needed"; done
  [ "$plain" = no ] || export PULSE_SANDBOX=process
  # Before the token is used up.
  settings >/dev/null
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  if [ "$service" = yes ]; then with_rights "$@"; install_service; else install_here; fi
}

main "$@"
