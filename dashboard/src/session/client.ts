import { type Client, createClient } from "@pulse/schema/client";

/** The API of the gateway that served this page; the browser's session cookie signs the calls. */
export const api: Client = createClient({ baseUrl: location.origin });
