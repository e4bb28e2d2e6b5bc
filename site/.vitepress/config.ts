import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { about } from "../src/catalogue.ts";
import { slugOf } from "../src/markdown.ts";
import { allPages } from "../src/pages.ts";
import { sidebarOf } from "../src/sidebar.ts";

const pages = allPages(fileURLToPath(new URL("../..", import.meta.url)));

const spanish = {
  sidebar: sidebarOf(pages, "es"),
  outline: { level: [2, 3] as [number, number], label: "En esta página" },
  docFooter: { prev: "Anterior", next: "Siguiente" },
  darkModeSwitchLabel: "Aspecto",
  lightModeSwitchTitle: "Cambiar a claro",
  darkModeSwitchTitle: "Cambiar a oscuro",
  sidebarMenuLabel: "Menú",
  returnToTopLabel: "Volver arriba",
  langMenuLabel: "Cambiar de idioma",
  skipToContentLabel: "Saltar al contenido",
  notFound: { title: "Aquí no hay nada", quote: "", linkText: "Al principio", linkLabel: "Al principio" },
};

const spanishSearch = {
  button: { buttonText: "Buscar", buttonAriaLabel: "Buscar" },
  modal: {
    displayDetails: "Mostrar detalles",
    resetButtonTitle: "Borrar la búsqueda",
    backButtonTitle: "Cerrar la búsqueda",
    noResultsText: "No hay nada para",
    footer: { selectText: "elegir", navigateText: "moverse", closeText: "cerrar" },
  },
};

// Nothing is fetched from elsewhere: fonts, search and scripts are files of the site.
export default defineConfig({
  title: "Pulse",
  description: about.en,
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: ".cache/pages",
  outDir: "dist",
  cacheDir: ".cache/vitepress",
  base: process.env.PULSE_DOCS_BASE || "/",
  // The texts name addresses of the reader's own machine.
  ignoreDeadLinks: "localhostLinks",
  // One language's search, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 1000 } },
  markdown: {
    html: false,
    languageAlias: { filter: "txt" },
    anchor: { slugify: (heading: string) => slugOf(heading) },
    config(md) {
      // What looks like an expression of Vue is text.
      for (const kind of ["text", "code_inline"] as const) {
        const rule = md.renderer.rules[kind];
        md.renderer.rules[kind] = (...all) => (rule?.(...all) ?? "").replaceAll("{{", "&#123;&#123;");
      }
      // A list such as `list|get|set` may break after each of its words.
      const code = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (...all) => (code?.(...all) ?? "").replaceAll("|", "|<wbr>");
    },
  },
  locales: {
    root: {
      label: "English",
      lang: "en",
      themeConfig: {
        sidebar: sidebarOf(pages, "en"),
        outline: { level: [2, 3] },
        notFound: {
          title: "Nothing is here",
          quote: "",
          linkText: "To the first page",
          linkLabel: "To the first page",
        },
      },
    },
    es: { label: "Español", lang: "es", description: about.es, themeConfig: spanish },
  },
  themeConfig: {
    search: { provider: "local", options: { locales: { es: { translations: spanishSearch } } } },
  },
});
