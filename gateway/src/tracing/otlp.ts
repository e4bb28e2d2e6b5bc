import type { Span } from "../ports.ts";

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const textMost = 1024;

/** What all spans of a process have in common. */
export interface Source {
  version: string;
  /** Which of several processes it is. */
  instance: string;
}

/** Spans as a request of OTLP over HTTP in JSON (`ExportTraceServiceRequest`, OTLP 1.x): ids in hex, 64-bit numbers as texts. */
export function otlpBody(spans: readonly Span[], source: Source): string {
  const resource = attributesOf({
    "service.name": "pulse-gateway",
    "service.version": source.version,
    "service.instance.id": source.instance,
  });
  const scope = { name: "pulse", version: source.version };
  const scopeSpans = [{ scope, spans: spans.map(otlpSpan) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans }] });
}

function otlpSpan(span: Span) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId === null ? {} : { parentSpanId: span.parentId }),
    name: span.name.slice(0, textMost),
    kind: kinds[span.kind],
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(Math.max(span.startMs, span.endMs)),
    attributes: attributesOf(span.attributes),
    ...(span.links === undefined || span.links.length === 0 ? {} : { links: span.links }),
    // Only a failure is said: that something went well is for whoever looks at it to say.
    status: span.error === null ? {} : { code: 2, message: span.error.slice(0, textMost) },
  };
}

function attributesOf(values: Span["attributes"]) {
  return Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean) {
  if (typeof value === "string") return { stringValue: value.slice(0, textMost) };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Whole microseconds, for a number holds no more of the time since 1970. */
function nanos(ms: number): string {
  return `${Math.max(0, Math.round(ms * 1000))}000`;
}
