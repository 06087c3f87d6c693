import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface ReceivedSpan {
  /** The package that made it, without its `@opentelemetry/`. */
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentId: string;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
}

/** Takes traces by OTLP over HTTP, as any collector does. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === "/v1/traces") spans.push(...readSpans(await buffer(request)));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Of an ExportTraceServiceRequest: its ResourceSpans, of these the ScopeSpans, of these the scope and the Spans. */
function readSpans(request: Buffer): ReceivedSpan[] {
  return fieldsIn(request, 1).flatMap((resource) => fieldsIn(resource, 2).flatMap(readScope));
}

function readScope(scopeSpans: Buffer): ReceivedSpan[] {
  const [scope = Buffer.of()] = fieldsIn(scopeSpans, 1);
  const name = String(fieldsIn(scope, 1)[0] ?? "").replace("@opentelemetry/", "");
  return fieldsIn(scopeSpans, 2).map((span) => {
    const hex = (number: number) => fieldsIn(span, number)[0]?.toString("hex") ?? "";
    return { scope: name, name: String(fieldsIn(span, 5)[0]), traceId: hex(1), spanId: hex(2), parentId: hex(4) };
  });
}

const [VARINT, FIXED64, BYTES] = [0, 1, 2];

/** The fields of a message that have a length, by their number: protocol buffers as they are on the wire. */
function fieldsIn(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const kind = key % 8;
    if (kind === VARINT) varint();
    else if (kind === BYTES) {
      const length = varint();
      if (Math.floor(key / 8) === wanted) found.push(message.subarray(at, at + length));
      at += length;
    } else at += kind === FIXED64 ? 8 : 4;
  }
  return found;
}
