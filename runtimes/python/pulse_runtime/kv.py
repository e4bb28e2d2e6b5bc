"""`ctx.kv`: what the function keeps under a key."""


class Kv:
    """The function's own space, or one that it shares. Sync code gets values, async code awaits them."""

    def __init__(self, ask, shared=None):
        self._ask_runner, self._shared = ask, shared

    def shared(self, name):
        """A space that functions share; the settings of the version name it."""
        return Kv(self._ask_runner, str(name))

    def get(self, key):
        """The value under a key, or None."""
        return self._ask("get", key, then=lambda entry: entry and entry["value"])

    def entry(self, key):
        """A dict with key, value, version, expiresAt and updatedAt; None where nothing is."""
        return self._ask("get", key)

    def set(self, key, value, ttl=None, if_version=None):
        """Writes a value, for `ttl` seconds if given, over `if_version` only if given (0: only where nothing is): a dict with the new version."""
        return self._ask("set", key, value, ttl=ttl, ifVersion=if_version)

    def delete(self, key, if_version=None):
        """Whether there was something to delete."""
        return self._ask("delete", key, ifVersion=if_version)

    def list(self, prefix="", limit=None, cursor=None):
        """A dict with `items`, which have no values, and `nextCursor`."""
        return self._ask("list", prefix, limit=limit, cursor=cursor)

    def _ask(self, op, key, value=None, then=None, **more):
        given = {name: one for name, one in {"shared": self._shared, **more}.items() if one is not None}
        return self._ask_runner(f"ctx.kv.{op}", key, {"input": value, "kv": {"op": op, **given}}, then)
