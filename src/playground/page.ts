/**
 * Nothing but this server's own files: no other origin, no inline script. The editor sets style attributes, and its
 * style sheet carries its fonts and cursors as data.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `base` is the folder of the assets, `endpoint` the path of the API: both absolute paths on this origin. */
export function playgroundPage(base: string, endpoint: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gatehouse playground</title>
    <link rel="icon" href="${base}/icon.svg">
    <link rel="stylesheet" href="${base}/graphiql.css">
    <link rel="stylesheet" href="${base}/playground.css">
    <link rel="modulepreload" href="${base}/graphql-ws/client.js">
  </head>
  <body>
    <div id="playground" data-endpoint="${endpoint}"><p class="notice">Loading the playground…</p></div>
    <noscript><p class="notice">The playground needs JavaScript. The API answers POST ${endpoint} without it.</p></noscript>
    <script src="${base}/react.js"></script>
    <script src="${base}/react-dom.js"></script>
    <script src="${base}/graphiql.js"></script>
    <script type="module" src="${base}/start.js"></script>
  </body>
</html>
`;
}
