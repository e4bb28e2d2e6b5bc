import os
import re
import tomllib


class Refused(Exception):
    """Dependencies that are never installed, in words."""


def options_of(source, file):
    """The options of pip for what a bundle asks for."""
    if source == "requirements":
        return ["-r", file]
    if source == "uv":
        return _locked(file)
    if source == "pyproject":
        found = _parsed(file).get("project", {}).get("dependencies", [])
    else:
        found = tomllib.loads(_header(file)).get("dependencies", [])
    lines = [_checked(line, file) for line in found]
    return ["-r", _written("\n".join(lines))]


def lock_of(report):
    """What was installed, as requirements with their hashes."""
    lines = []
    for item in report.get("install", []):
        about = item["metadata"]
        archive = item.get("download_info", {}).get("archive_info", {})
        # Before pip 23.1 there is one text; of files beside the code an older pip says none.
        older = [archive["hash"].replace("=", ":")] if "hash" in archive else []
        hashes = [f"{name}:{value}" for name, value in sorted(archive.get("hashes", {}).items())] or older
        pins = "".join(f" --hash={pin}" for pin in hashes)
        lines.append(f"{about['name']}=={about['version']}{pins}\n")
    return "".join(sorted(lines))


def _parsed(file):
    with open(file, "rb") as opened:
        try:
            return tomllib.load(opened)
        except tomllib.TOMLDecodeError as error:
            raise Refused(f"{file}: {error}") from None


def _header(file):
    """The TOML between `# /// script` and `# ///` (PEP 723)."""
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    block = re.search(r"(?m)^# /// script\s*$\n((?:^#(?: .*)?$\n)*?)^# ///\s*$", text)
    return "" if block is None else re.sub(r"(?m)^# ?", "", block.group(1))


def _checked(line, file):
    if " @ " in line or "://" in line:
        raise Refused(f"{file}: {line}: dependencies come from an index, not from git or an address")
    return line


def _written(text):
    path = os.path.join(os.environ["HOME"], "requirements.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path


def _locked(file):
    """A uv.lock as hashed requirements of exactly what this interpreter needs: markers are weighed here, so pip resolves nothing."""
    from pip._vendor.packaging.markers import Marker

    lock = _parsed(file)
    packages = lock.get("package", [])

    def holds(marker, extra=""):
        return marker is None or Marker(marker).evaluate({"extra": extra})

    def chosen(edge):
        named = [one for one in packages if one["name"] == edge["name"]]
        named = [one for one in named if edge.get("version", one.get("version")) == one.get("version")]
        forks = [one for one in named if any(map(holds, one.get("resolution-markers", [None])))]
        if not forks:
            raise Refused(f"{file}: {edge['name']} is not in the lock for this Python")
        return forks[0]

    roots = [one for one in packages if one.get("source", {}).keys() & {"virtual", "editable"}]
    project = _parsed("pyproject.toml").get("project", {}).get("name") if os.path.exists("pyproject.toml") else None
    roots = [one for one in roots if len(roots) == 1 or one["name"] == project]
    if not roots:
        raise Refused(f"{file}: no package of it is this project")
    lines, folders, indexes, seen = {}, set(), set(), set()
    edges = [edge for root in roots for edge in root.get("dependencies", [])]
    while edges:
        edge = edges.pop()
        if not holds(edge.get("marker")):
            continue
        one = chosen(edge)
        for extra in ["", *edge.get("extra", [])]:
            if (one["name"], extra) in seen:
                continue
            seen.add((one["name"], extra))
            more = one.get("dependencies", []) if extra == "" else one.get("optional-dependencies", {}).get(extra, [])
            edges.extend(more)
        if one in roots:
            continue
        registry = one.get("source", {}).get("registry")
        if registry is None:
            raise Refused(f"{file}: {one['name']} comes from no index")
        hashes = [wheel["hash"] for wheel in one.get("wheels", []) if "hash" in wheel]
        if not hashes:
            raise Refused(f"{file}: {one['name']} has no wheel, and only wheels are installed")
        lines[one["name"]] = " ".join([f"{one['name']}=={one['version']}", *(f"--hash={pin}" for pin in hashes)])
        (indexes if "://" in registry else folders).add(registry)
    own = [index for index in sorted(indexes) if not index.startswith("https://pypi.org/")]
    options = ["--no-deps", "--require-hashes", "-r", _written("\n".join(lines[name] for name in sorted(lines)))]
    if folders and not indexes:
        options.append("--no-index")
    for folder in sorted(folders):
        options += ["--find-links", folder]
    for index in own:
        options += ["--extra-index-url", index]
    return options
