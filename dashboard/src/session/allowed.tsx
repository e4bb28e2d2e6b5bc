import { useQuery } from "@tanstack/solid-query";
import { type Accessor, type JSX, Show } from "solid-js";
import { dataOf } from "../ui/loaded.tsx";
import { meQuery } from "./queries.ts";

/** What endpoints that change something ask for. */
type Needed = "execute" | "deploy" | "admin";

/** Whether who is signed in has a scope in this project; the gateway asks again, and has the permissions of single things besides. */
export function useMay(needed: Needed): Accessor<boolean> {
  const me = useQuery(meQuery);
  return () => [needed, "admin", "gateway"].some((one) => dataOf(me)?.scopes.includes(one));
}

/** Shows what leads to a change to those who may make it. */
export function Allowed(props: { scope: Needed; children: JSX.Element }): JSX.Element {
  const may = useMay(props.scope);
  return <Show when={may()}>{props.children}</Show>;
}
