import { render } from "solid-js/web";
import { App } from "./app.tsx";
import { startLanguage } from "./words/words.ts";

const place = document.getElementById("app");
if (place === null) throw new Error("the page has no #app");
await startLanguage();
render(() => <App />, place);
