"""`main(**inputs)`: its annotations as JSON Schema, and inputs bound to its parameters by them."""
import dataclasses
import enum
import inspect
import json
import types
import typing

from .errors import Refusal

NAMES = {int: "integer", float: "number", str: "string", bool: "boolean", list: "array", dict: "object", type(None): "null"}
WORDS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}
UNIONS = (typing.Union, types.UnionType)
MISSING = dataclasses.MISSING


class Parameters:
    """What a `main` takes. A parameter called `ctx` is given the context and is no input."""

    def __init__(self, target):
        found = inspect.signature(target).parameters
        try:
            hints = typing.get_type_hints(target)
        except Exception:  # an annotation that names nothing known says nothing
            hints = {}
        named = [one for one in found.values() if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and one.name != "ctx"]
        self.takes_ctx, self.is_open = "ctx" in found, any(one.kind == one.VAR_KEYWORD for one in found.values())
        self.hints = {one.name: hints.get(one.name, typing.Any) for one in named}
        self.defaults = {one.name: one.default for one in named if one.default is not one.empty}
        self.positional = [one.name for one in found.values() if one.kind == one.POSITIONAL_ONLY]
        self.description = inspect.getdoc(target)

    def schema(self):
        about = {"description": self.description} if self.description else {}
        return {"type": "object", **about, **_fields_schema(self.hints, self.defaults), "additionalProperties": self.is_open}

    def bind(self, event, is_fields, ctx):
        """The arguments; raises a Refusal that names each input that is missing, unknown or of another type."""
        if not isinstance(event, dict):
            raise Refusal("bad_request", f"main takes named inputs: the body must be a JSON object, got {_shown(event)}")
        wrong, given = [], {}
        for name, value in event.items():
            if name in self.hints:
                try:
                    given[name] = coerce(value, self.hints[name], name, is_fields)
                except Refusal as error:
                    wrong.append(str(error))
            elif self.is_open and name != "ctx":
                given[name] = value
            else:
                wrong.append(f"{name} is unknown (known: {', '.join(self.hints) or 'none'})")
        wrong += [f"{name} is missing" for name in self.hints if name not in event and name not in self.defaults]
        if wrong:
            raise Refusal("bad_request", "; ".join(wrong))
        if self.takes_ctx:
            given["ctx"] = ctx
        return [given.pop(name) for name in self.positional if name in given], given


def _fields_schema(hints, defaults):
    properties = {name: schema_of(hint) for name, hint in hints.items()}
    for name, default in defaults.items():
        try:
            properties[name] = {**properties[name], "default": json.loads(json.dumps(default, allow_nan=False))}
        except (TypeError, ValueError):
            pass
    return {"properties": properties, "required": [name for name in hints if name not in defaults]}


def schema_of(hint):
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return schema_of(arguments[0])
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in UNIONS:
        return {"anyOf": [schema_of(one) for one in arguments]}
    if dataclasses.is_dataclass(hint):
        hints, defaults = _dataclass_fields(hint)
        return {"type": "object", **_fields_schema(hints, defaults), "additionalProperties": False}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [one.value for one in hint]}
    kind = origin or hint
    if kind not in NAMES:
        return {}
    schema = {"type": NAMES[kind]}
    if kind is list and arguments:
        schema["items"] = schema_of(arguments[0])
    if kind is dict and len(arguments) == 2 and schema_of(arguments[1]):
        schema["additionalProperties"] = schema_of(arguments[1])
    return schema


def _dataclass_fields(kind):
    hints, defaults = typing.get_type_hints(kind), {}
    for field in (fields := dataclasses.fields(kind)):
        if field.default is not MISSING:
            defaults[field.name] = field.default
        elif field.default_factory is not MISSING:
            defaults[field.name] = field.default_factory()
    return {field.name: hints[field.name] for field in fields if field.init}, defaults


def coerce(value, hint, name, is_fields=False):
    """A value as its annotation wants it. Fields of a query or a form are strings, and a list of one looks like a string."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return coerce(value, arguments[0], name, is_fields)
    if origin is typing.Literal:
        for one in arguments:
            if value == one and type(value) is type(one) or is_fields and value == str(one):
                return one
        raise Refusal("bad_request", f"{name} must be one of {', '.join(map(_shown, arguments))}, got {_shown(value)}")
    if origin in UNIONS:
        # What fits as it is comes before what fits by coercion.
        for one in sorted(arguments, key=lambda one: type(value) is not (typing.get_origin(one) or one)):
            try:
                return coerce(value, one, name, is_fields)
            except Refusal as error:
                last = error
        if len(arguments) == 2 and type(None) in arguments:
            raise last
        wanted = " or ".join(json.dumps(schema_of(one)) for one in arguments)
        raise Refusal("bad_request", f"{name} must fit {wanted}, got {_shown(value)}")
    if dataclasses.is_dataclass(hint):
        return _dataclass_of(value, hint, name)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(value)
        except ValueError as error:
            raise Refusal("bad_request", f"{name}: {error}") from None
    kind = origin or hint
    if kind not in NAMES:
        return value
    found = _plain(value, kind, is_fields)
    if found is MISSING:
        raise Refusal("bad_request", f"{name} must be {NAMES[kind]}, got {_shown(value)}")
    if kind is list and arguments:
        return [coerce(one, arguments[0], f"{name}[{at}]", is_fields) for at, one in enumerate(found)]
    if kind is dict and len(arguments) == 2:
        return {key: coerce(one, arguments[1], f"{name}.{key}") for key, one in found.items()}
    return found


def _plain(value, kind, is_fields):
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    if kind is list and is_fields and isinstance(value, str):
        return [value]
    if kind is bool and isinstance(value, str):
        return WORDS.get(value.lower(), MISSING)
    if kind is float and type(value) is int or kind is int and isinstance(value, float) and value.is_integer():
        return kind(value)
    if kind in (int, float) and isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            return MISSING
    return MISSING


def _dataclass_of(value, kind, name):
    if not isinstance(value, dict):
        raise Refusal("bad_request", f"{name} must be object, got {_shown(value)}")
    hints, defaults = _dataclass_fields(kind)
    for key in value:
        if key not in hints:
            raise Refusal("bad_request", f"{name}.{key} is unknown")
    for key in hints:
        if key not in value and key not in defaults:
            raise Refusal("bad_request", f"{name}.{key} is missing")
    return kind(**{key: coerce(one, hints[key], f"{name}.{key}") for key, one in value.items()})


def _shown(value):
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 100 else f"{text[:99]}…"
