import type * as z from "zod";

/** What a caller must hold to use an endpoint. `session` means any signed-in person or key; `key` any key, sent as a key; `gateway` an admin of every project; `metrics` the same, or the metrics token. */
export type Scope =
  | "public"
  | "session"
  | "key"
  | "read"
  | "execute"
  | "deploy"
  | "admin"
  | "gateway"
  | "metrics"
  | "runner"
  | "enrolment";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * What the audit tells of an endpoint that changes something: the action's name, and the fields of the JSON body and of the answer that may be shown in it.
 * What is not named here is left out, so that nothing secret gets there by itself. `exempt`: why it is not in the audit.
 */
export type Audited =
  | { readonly action: string; readonly body?: readonly string[]; readonly answer?: readonly string[] }
  | { readonly exempt: string };

/** One HTTP endpoint, declared once; the gateway, the client, the CLI and the OpenAPI document all come from it. */
export interface Endpoint<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  A extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Path with `:name` parameters. */
  readonly path: string;
  /** The tag under which the OpenAPI document lists it. */
  readonly tag: string;
  readonly summary: string;
  readonly scope: Scope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Bytes that a JSON body may have; absent: 10 MiB. */
  readonly bodyMostBytes?: number;
  /** Body that is not JSON: its content types, read by the route itself. */
  readonly rawBody?: readonly string[];
  /** The JSON answer of the success statuses; absent when there is none or it is not JSON. */
  readonly answer?: A;
  readonly statuses: readonly number[];
  /** Content types of an answer that is not (only) JSON. */
  readonly rawAnswer?: readonly string[];
  /** It makes something: with an `Idempotency-Key` it does so once, and is answered again as then for 24 hours. */
  readonly creates?: boolean;
  /** What the audit makes of it. Everything but GET is audited, what says nothing here under a name made of its tag and method. */
  readonly audit?: Audited;
}

/** Declares an endpoint; returns it as it is, with its types kept. */
export function endpoint<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  declaration: Endpoint<P, Q, B, A>,
): Endpoint<P, Q, B, A> {
  return declaration;
}

/** What a caller passes for one part of an endpoint (params, query, body). */
export type Input<T> = T extends z.ZodType ? z.input<T> : never;
/** What the server sees of that part after parsing. */
export type Output<T> = T extends z.ZodType ? z.output<T> : never;
