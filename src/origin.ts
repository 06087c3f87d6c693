import type { IncomingMessage } from "node:http";

export type IsAllowedOrigin = (request: IncomingMessage) => boolean;

/**
 * Whether a page may open a WebSocket here: browsers let any page do so, and say only which. What is no browser says nothing. The
 * server's own pages may, and those of `corsOrigins`.
 */
export const createOriginCheck =
  (corsOrigins: readonly string[]): IsAllowedOrigin =>
  ({ headers: { origin, host } }) =>
    origin === undefined || corsOrigins.includes(origin) || URL.parse(origin)?.host === host;
