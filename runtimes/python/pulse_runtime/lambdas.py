"""Functions as they were written for AWS Lambda (PROTOCOL.md, Handlers of other platforms)."""
import json
import os
import sys
import time

from .errors import Refusal
from .webevent import event_v1, event_v2, is_request
from .request import event_from, whole_of


def set_variables(init):
    """Sets the variables that Lambda sets; the user's own win."""
    name, version = init["function"]["name"], str(init["function"]["version"])
    given = {
        "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_VERSION": version, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(init.get("memoryMb")),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": f"/pulse/{name}", "AWS_LAMBDA_LOG_STREAM_NAME": f"{name}/{version}",
        "AWS_EXECUTION_ENV": f"Pulse_python{sys.version_info[0]}.{sys.version_info[1]}", "TZ": ":UTC",
        "_HANDLER": init["lambda"].get("handler") or "lambda_function.lambda_handler", "LAMBDA_TASK_ROOT": init["root"],
    }  # fmt: skip
    for key, value in given.items():
        os.environ.setdefault(key, value)
    time.tzset()


def find(module, name):
    found = getattr(module, name, None)
    if callable(found):
        return found
    seen = ", ".join(one for one in vars(module) if not one.startswith("_"))
    raise TypeError(f"there is no function {name}. Found: {seen or 'nothing'}")


def target_of(module, init, settle):
    """The handler that the settings name: it takes a call and its ctx, and gives what is answered."""
    settings, name = init["lambda"], init["function"]["name"]
    handler = find(module, (settings.get("handler") or "lambda_function.lambda_handler").rpartition(".")[2])
    shape = settings.get("event") or "payload"

    def serve(call, ctx):
        is_http = shape != "payload" and is_request(call)
        data = whole_of(call)
        if is_http:
            event = (event_v1 if shape == "1.0" else event_v2)(call.head, data, name)
        else:
            event = payload_of(call.head, data)
        value = settle(handler(event, LambdaContext(ctx, init)))
        return response_of(value, shape) if is_http else value

    return "handler", serve


def payload_of(head, data):
    """A schedule without an input is the event that EventBridge sends."""
    trigger = head.get("trigger") or {}
    if "input" in trigger or trigger.get("type") != "schedule":
        return event_from(head, data)[0]
    at = (trigger.get("scheduledTime") or time.time() * 1000) / 1000
    return {
        "version": "0", "id": head.get("executionId"), "detail-type": "Scheduled Event", "source": "aws.events", "account": "",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)), "region": "", "resources": [], "detail": {},
    }  # fmt: skip


class _Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """Lambda's context; what only Pulse has is there too."""

    identity, client_context = _Identity(), None

    def __init__(self, ctx, init):
        name, version, alias = init["function"]["name"], str(init["function"]["version"]), ctx.function.get("alias")
        place = f"arn:pulse:lambda:local:000000000000:function:{name}"
        self._ctx = ctx
        self.function_name, self.function_version, self.aws_request_id = name, version, ctx.execution_id
        self.invoked_function_arn, self.memory_limit_in_mb = f"{place}:{alias}" if alias else place, str(init.get("memoryMb"))
        self.log_group_name, self.log_stream_name = f"/pulse/{name}", f"{name}/{version}"

    def get_remaining_time_in_millis(self):
        return int(self._ctx.remaining() * 1000)

    def __getattr__(self, name):
        return getattr(self._ctx, name)


def response_of(value, shape):
    """A result as the response that Amazon's gateways make of it."""
    is_told = isinstance(value, dict) and value.get("statusCode") is not None
    if not is_told and shape == "1.0":
        raise Refusal("bad_response", 'with event "1.0" the answer needs a statusCode')
    if not is_told:
        text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": text}
    headers = {**(value.get("headers") or {}), **(value.get("multiValueHeaders") or {})}
    headers = {name: one for name, one in headers.items() if one is not None}
    is_typed = any(name.lower() == "content-type" for name in headers)
    body = value.get("body")
    return {
        "statusCode": int(value["statusCode"]),
        "headers": headers if is_typed or not body else {"content-type": "application/json", **headers},
        "body": "" if body is None else body,
        "isBase64Encoded": value.get("isBase64Encoded") is True,
        **({"cookies": value["cookies"]} if shape != "1.0" and value.get("cookies") else {}),
    }
