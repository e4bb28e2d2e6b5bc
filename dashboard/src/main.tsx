import { render } from "solid-js/web";
import { App, beginAt } from "./app.tsx";
import { startLanguage } from "./words/words.ts";

const place = document.getElementById("app");
if (place === null) throw new Error("the page has no #app");
const texts = startLanguage();
beginAt(location.pathname);
await texts;
render(() => <App />, place);
