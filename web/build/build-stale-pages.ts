import { buildStalePages } from "./pages.js";

await buildStalePages();
