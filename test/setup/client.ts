import type { GraphQLFormattedError } from "graphql";
import { Subscription } from "./subscription.js";

export type Variables = Readonly<Record<string, unknown>>;

export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Data | null;
    readonly errors?: readonly Failure[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  };
}

type Failure = GraphQLFormattedError & { readonly extensions?: { readonly code?: string } };

/** Speaks to a server as any client would: over HTTP, and over WebSockets for subscriptions. */
export class Client {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  /** The same server, as somebody else; without a token as nobody. */
  as(token?: string): Client {
    return new Client(this.url, token);
  }

  request<Data = unknown>(query: string, variables: Variables = {}): Promise<Answer<Data>> {
    return this.post(JSON.stringify({ query, variables }));
  }

  /** The data of an operation that must succeed. */
  async ok<Data = unknown>(query: string, variables: Variables = {}): Promise<Data> {
    const { status, body } = await this.request<Data>(query, variables);
    if (status === 200 && body.errors === undefined && body.data != null) return body.data;
    throw new Error(`Status ${status}: ${JSON.stringify(body.errors ?? body)}`);
  }

  /** The codes of the errors of an operation that must fail. */
  async codes(query: string, variables: Variables = {}): Promise<(string | undefined)[]> {
    const { body } = await this.request(query, variables);
    return (body.errors ?? []).map(({ extensions }) => extensions?.code);
  }

  /** Any text as the body of the request, well formed or not. */
  async post<Data = unknown>(text: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.authorization(), ...headers },
      body: text,
    });
    const body = (await response.json()) as Answer<Data>["body"];
    return { status: response.status, headers: response.headers, body };
  }

  /** On a socket of its own, which `close` closes. */
  subscribe<Data = unknown>(query: string, variables: Variables = {}): Subscription<Data> {
    const socketUrl = `${this.url.replace(/^http/, "ws")}/graphql`;
    return new Subscription<Data>(socketUrl, this.authorization(), { query, variables });
  }

  private authorization(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }
}

/** The same person or device, before that server. */
export const on = ({ url }: { readonly url: string }, { token }: Client): Client => new Client(url, token);
