import type { FastifyInstance, FastifyReply } from "fastify";
import { type PageFile, type PageFiles, readPages } from "./pages.js";

/** Nothing but this server's own files and API. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The scanner's decoder is compiled, and so is it alone in running what is: a worker's policy is that of its file. */
const DECODER = /^\/web\/decoder-/;
const DECODER_POLICY = CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");

/** What a page may use of the device it is on. */
const PERMISSIONS: Readonly<Record<string, string>> = { "/scan": "camera=(self)" };
const NO_PERMISSIONS = "camera=(), microphone=(), geolocation=()";

/** Files whose names tell their content. */
const HASHED = /^\/web\//;
const PAGE = /^(\/[a-z]+)\/index\.html$/;

interface WebOptions {
  /** Told where the pages have not been built. */
  readonly logger: { warn(message: string): void };
  /** Read from the build's folder unless given. */
  readonly files?: PageFiles | null;
}

/** Serves the pages that were built from `web/`: each at the name of its folder, what they load beside it. */
export async function registerWeb(app: FastifyInstance, { logger, files }: WebOptions): Promise<void> {
  const served = files === undefined ? await readPages() : files;
  if (served === null) {
    logger.warn("The web pages have not been built, and so are not served: npm run build");
    return;
  }
  for (const [path, file] of served) {
    const page = PAGE.exec(path)?.[1];
    if (page !== undefined) app.get(page, (_request, reply) => sendPage(reply, page, file));
    else app.get(path, (_request, reply) => sendFile(reply, path, file));
  }
}

function sendPage(reply: FastifyReply, page: string, { contentType, body }: PageFile): FastifyReply {
  return reply
    .header("content-security-policy", CONTENT_SECURITY_POLICY)
    .header("permissions-policy", PERMISSIONS[page] ?? NO_PERMISSIONS)
    .header("cache-control", "no-cache")
    .type(contentType)
    .send(body);
}

function sendFile(reply: FastifyReply, path: string, { contentType, body }: PageFile): FastifyReply {
  const caching = HASHED.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
  return reply
    .header("content-security-policy", DECODER.test(path) ? DECODER_POLICY : CONTENT_SECURITY_POLICY)
    .header("cache-control", caching)
    .type(contentType)
    .send(body);
}
