/** Text in which secrets stand by reference, to be filled in when it is handed out: plain text, or its parts in order. */
export type Sealed = string | { $parts: (string | { $secret: string })[] };
