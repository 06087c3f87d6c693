import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { failing, Pushes } from "./pushes.js";
import { CredentialEnded } from "./rights.js";

/** A stream of results that holds something until it is returned. */
export interface Stream {
  return(): Promise<unknown>;
}

/** The client's end of a connection: it keeps account of what its operations hold. */
export interface Holder {
  hold(stream: Stream): void;
  drop(stream: Stream): void;
  /** The session has ended or the device was revoked: nothing that the token opened may go on. */
  forbid(): void;
}

/** One operation of a connection: what graphql-js needs to execute it, with a context that is never kept for long. */
export class Operation<Context extends object> implements ExecutionArgs {
  readonly variableValues: SubscribePayload["variables"];
  readonly operationName: SubscribePayload["operationName"];
  contextValue: Context;

  constructor(
    readonly schema: GraphQLSchema,
    readonly document: DocumentNode,
    payload: SubscribePayload,
    readonly connection: Holder,
    private readonly makeContext: () => Context,
  ) {
    this.variableValues = payload.variables;
    this.operationName = payload.operationName;
    this.contextValue = makeContext();
  }

  async subscribe(): Promise<AsyncIterableIterator<ExecutionResult, undefined>> {
    const source = await createSourceEventStream(this);
    if (!(Symbol.asyncIterator in source)) return failing(source.errors?.[0] ?? new GraphQLError("Nothing to send"));
    const { connection } = this;
    const pushes: Pushes = new Pushes(
      source[Symbol.asyncIterator](),
      (state) => this.push(state),
      () => connection.drop(pushes),
      (error) => {
        if (error instanceof CredentialEnded) connection.forbid();
      },
    );
    connection.hold(pushes);
    return pushes;
  }

  /** With a fresh context: loaders and the unit of work must not outlive one push, or they would serve old rows. */
  private async push(state: unknown) {
    this.contextValue = this.makeContext();
    return execute({ ...this.args(), rootValue: state });
  }

  private args(): ExecutionArgs {
    const { schema, document, variableValues, operationName, contextValue } = this;
    return { schema, document, variableValues, operationName, contextValue };
  }
}
