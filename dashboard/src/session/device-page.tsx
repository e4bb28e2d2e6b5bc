import { answerDeviceLogin, seeDeviceLogin } from "@pulse/schema/wire/device";
import { useQuery } from "@tanstack/solid-query";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { Button } from "../ui/button.tsx";
import { Field, inputClass } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/problem-notice.tsx";
import { language } from "../words/words.ts";
import { api } from "./client.ts";
import { deviceWords } from "./device-words.ts";

const words = () => deviceWords[language()];
const from = ({ machine, address }: { machine: string; address: string | null }) =>
  address === null ? machine : `${machine} (${address})`;

/** Lets a machine in that shows a code (`pulse login`), or turns it away. The code may stand in the fragment. */
export function DevicePage(): JSX.Element {
  const [code, setCode] = createSignal(location.hash.slice(1));
  const [done, setDone] = createSignal(false);
  const [error, setError] = createSignal<unknown>(null);
  const waiting = useQuery(() => ({
    queryKey: ["device", code()],
    queryFn: ({ signal }) => api.call(seeDeviceLogin, { params: { code: code() }, signal }),
    enabled: code() !== "",
    retry: false,
  }));
  const answer = async (approve: boolean) => {
    setError(null);
    try {
      const signal = AbortSignal.timeout(30_000);
      await api.call(answerDeviceLogin, { params: { code: code() }, body: { approve }, signal });
      setDone(true);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <div class="mx-auto grid max-w-lg gap-4 p-6">
      <h1 class="text-lg font-semibold">{words().title}</h1>
      <Show when={error() ?? waiting.error}>{(problem) => <ProblemNotice error={problem()} />}</Show>
      <Switch>
        <Match when={done()}>
          <p role="status">{words().done}</p>
        </Match>
        <Match when={waiting.isSuccess && waiting.data}>
          {(machine) => (
            <>
              <p>{words().asks.replace("{machine}", from(machine()))}</p>
              <p>
                <code class="text-base">{code()}</code>
              </p>
              <div class="flex gap-2">
                <Button look="primary" onClick={() => void answer(true)}>
                  {words().yes}
                </Button>
                <Button onClick={() => void answer(false)}>{words().no}</Button>
              </div>
            </>
          )}
        </Match>
        <Match when={true}>
          <form
            class="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              setCode(String(new FormData(event.currentTarget).get("code")).trim());
            }}
          >
            <Field label={words().code}>
              {(ids) => (
                <input {...ids} name="code" class={`${inputClass} font-mono`} required maxLength={20} />
              )}
            </Field>
            <Button type="submit" look="primary">
              {words().next}
            </Button>
          </form>
        </Match>
      </Switch>
    </div>
  );
}
