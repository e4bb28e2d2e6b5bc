"""A call over HTTP as Amazon's gateways hand it to a function: format 2.0 (function URLs, HTTP APIs) and 1.0 (REST APIs)."""
import base64
import re
import time
import urllib.parse

# What started work with a payload of its own; all else came as a request.
PAYLOAD_TRIGGERS = ("schedule", "workflow", "event", "invoke")
_textual = re.compile(r"(text/|application/(json|javascript|xml|x-www-form-urlencoded|graphql)\b|[^;]*\+(json|xml)\b)", re.IGNORECASE)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def is_request(call):
    return (call.head.get("trigger") or {}).get("type") not in PAYLOAD_TRIGGERS


def told(head, wanted):
    return next((value for name, value in head["headers"] if name == wanted), None)


def body_of(data, head):
    """The bytes of a body as text where they are some, else in base64; and whether it is base64."""
    if _textual.match(told(head, "content-type") or "text/plain") and told(head, "content-encoding") in (None, "identity"):
        try:
            return data.decode(), False
        except ValueError:
            pass  # declared as text, and it is none
    return base64.b64encode(data).decode(), True


def grouped(pairs):
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _facts(head):
    path, _, query = head["path"].partition("?")
    now = time.time()
    at = time.gmtime(now)
    return {
        "path": path, "query": query, "now": int(now * 1000), "host": urllib.parse.urlsplit(head["url"]).netloc,
        "time": f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{time.strftime('%H:%M:%S', at)} +0000",
        "fields": grouped(urllib.parse.parse_qsl(query, keep_blank_values=True)), "agent": told(head, "user-agent"),
        # Whom `x-forwarded-for` names may be anybody: a check of addresses must fail, not pass.
        "ip": "",
    }  # fmt: skip


def event_v2(head, data, name):
    """Payload format 2.0."""
    seen = _facts(head)
    cookies = [one for key, value in head["headers"] if key == "cookie" for one in re.split(r";\s*", value)]
    headers = grouped((key, value) for key, value in head["headers"] if key != "cookie")
    body, is_base64 = body_of(data, head) if data else (None, False)
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": seen["path"], "rawQueryString": seen["query"],
        **({"cookies": cookies} if cookies else {}),
        "headers": {key: ",".join(values) for key, values in headers.items()},
        **({"queryStringParameters": {key: ",".join(values) for key, values in seen["fields"].items()}} if seen["fields"] else {}),
        "requestContext": {
            "accountId": "anonymous", "apiId": name, "domainName": seen["host"], "domainPrefix": seen["host"].split(".")[0],
            "http": {"method": head["method"], "path": seen["path"], "protocol": "HTTP/1.1", "sourceIp": seen["ip"], "userAgent": seen["agent"] or ""},
            "requestId": head["executionId"], "routeKey": "$default", "stage": "$default", "time": seen["time"], "timeEpoch": seen["now"],
        },
        **({"body": body} if data else {}), "isBase64Encoded": is_base64,
    }  # fmt: skip


def _titled(name):
    return re.sub(r"(^|-)[a-z]", lambda start: start[0].upper(), name)


def _last(groups):
    return {key: values[-1] for key, values in groups.items()}


def event_v1(head, data, name):
    """Payload format 1.0. Names of headers are written Like-This."""
    seen = _facts(head)
    headers, fields, path = grouped((_titled(key), value) for key, value in head["headers"]), seen["fields"], seen["path"]
    body, is_base64 = body_of(data, head) if data else (None, False)
    return {
        "version": "1.0", "resource": "/{proxy+}", "path": path, "httpMethod": head["method"], "headers": _last(headers), "multiValueHeaders": headers,
        "queryStringParameters": _last(fields) if fields else None, "multiValueQueryStringParameters": fields or None,
        "pathParameters": None if path == "/" else {"proxy": path[1:]}, "stageVariables": None,
        "requestContext": {
            "accountId": "anonymous", "apiId": name, "authorizer": None, "domainName": seen["host"], "domainPrefix": seen["host"].split(".")[0],
            "extendedRequestId": head["executionId"], "httpMethod": head["method"], "identity": {"sourceIp": seen["ip"], "userAgent": seen["agent"]},
            "path": path, "protocol": "HTTP/1.1", "requestId": head["executionId"], "requestTime": seen["time"], "requestTimeEpoch": seen["now"],
            "resourceId": "", "resourcePath": "/{proxy+}", "stage": "$default",
        },
        "body": body, "isBase64Encoded": is_base64,
    }  # fmt: skip
