import tailwind from "@tailwindcss/vite";
import { defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { bareEndpoints } from "./bare-endpoints.ts";
import { definitionSchema } from "./definition-schema.ts";
import { chunkGroups } from "./start-chunks.ts";
import { withoutJsonSchema } from "./without-json-schema.ts";

/** Where `pnpm dev` passes on what is not the dashboard's own: a gateway that runs already. */
const gateway = process.env.PULSE_GATEWAY ?? "http://localhost:8787";
const passedOn = ["/v1", "/f", "/hooks", "/livez", "/version", "/answer"];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [solid(), tailwind(), bareEndpoints(), definitionSchema(), withoutJsonSchema()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // A data: URL would need an exception in the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    emptyOutDir: true,
    rollupOptions: {
      output: {
        codeSplitting: { groups: chunkGroups() },
        // The texts of a place are told apart from its code by their names: the size of a page counts one language of them.
        chunkFileNames: ({ facadeModuleId, name }) => {
          // The bundler adds every page that shares it.
          if (name.startsWith("contract~")) return "assets/contract-[hash].js";
          const [, language, place] = /\/words\/(\w+)\/(\w+)\.ts$/.exec(facadeModuleId ?? "") ?? [];
          return place === undefined
            ? "assets/[name]-[hash].js"
            : `assets/words-${language}-${place}-[hash].js`;
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      passedOn.map((path) => [
        path,
        // The gateway knows its own origin only, and signed-in browsers must come from it.
        { target: gateway, changeOrigin: true, headers: { origin: new URL(gateway).origin } },
      ]),
    ),
  },
});
