import { resolve } from "node:path";
import { defineConfig } from "vite";
import { PAGES, PAGES_FOLDER, WEB_FOLDER } from "./folders.js";

const WORKER = "scan-worker";

/** One page a folder of `web/` that has an index.html; what they load goes to `/web/` under names with a hash. */
export default defineConfig({
  root: WEB_FOLDER,
  base: "/",
  appType: "mpa",
  publicDir: "public",
  build: {
    outDir: PAGES_FOLDER,
    emptyOutDir: true,
    assetsDir: "web",
    // An image written into the style sheet would be an address that the Content-Security-Policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      input: {
        ...Object.fromEntries(PAGES.map((page) => [page, resolve(WEB_FOLDER, page, "index.html")])),
        [WORKER]: resolve(WEB_FOLDER, WORKER, "worker.ts"),
      },
      // A worker's address must stay the same, for the browser to see that it has changed.
      output: { entryFileNames: ({ name }) => (name === WORKER ? `${WORKER}.js` : "web/[name]-[hash].js") },
    },
  },
});
