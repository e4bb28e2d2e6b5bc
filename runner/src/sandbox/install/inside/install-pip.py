# Installs Python packages where they will run, with what the runner of this build asks for (`asked`), and writes them to standard output as a
# tar. Standard error is the log. Only wheels are installed: nothing of a package runs, so pip may hold the credentials of its indexes.
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import requirements  # noqa: E402


def main():
    with open(os.environ.pop("PULSE_INSTALL"), encoding="utf-8") as file:
        asked = json.load(file)
    work, steps = asked["work"], asked["steps"]
    if asked["source"] is not None:
        shutil.copytree(asked["source"], work)
    os.chdir(work)
    given = json.loads(received(asked["credentials"]))
    env = {**os.environ, **given["env"]}
    if asked["proxy"] is not None:
        sys.path.insert(0, os.path.dirname(asked["proxy"]))
        import egress  # The runtime's own, which the runner puts beside the socket.

        url = egress.start(asked["proxy"], 0)
        env.update({name: url for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")})
    try:
        options = requirements.options_of(steps["from"], steps["file"])
    except requirements.Refused as refused:
        sys.exit(f"ERROR: {refused}")
    target, report = os.path.join(work, ".deps"), os.path.join(os.environ["HOME"], "report.json")
    shown = ["pip", "install", "--only-binary=:all:", *options]
    print("$", " ".join(shown), file=sys.stderr, flush=True)
    command = [sys.executable, "-I", "-m", *shown, "--no-input", "--disable-pip-version-check", "--no-cache-dir"]
    command += ["--no-compile", "--progress-bar=off", "--no-warn-script-location", "--root-user-action=ignore"]
    command += ["--target", target, "--report", report]
    ended = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=2)
    if ended.returncode != 0:
        sys.exit(ended.returncode)
    os.makedirs(target, exist_ok=True)
    with open(report, encoding="utf-8") as file, open(os.path.join(target, "pulse-lock.txt"), "w") as lock:
        lock.write(requirements.lock_of(json.load(file)))
    write_tree(".deps")


def received(path):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def write_tree(folder):
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for root, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(root, name)
                if not os.path.isfile(path) or os.path.islink(path):
                    continue
                info = tarfile.TarInfo(path)
                found = os.stat(path)
                info.size, info.mode = found.st_size, found.st_mode & 0o755
                with open(path, "rb") as file:
                    tar.addfile(info, file)


main()
