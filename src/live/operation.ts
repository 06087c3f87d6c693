import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from "graphql";
import type { ExecutionResult, SubscribePayload } from "graphql-ws";
import type { Viewer } from "../domain/viewer.js";
import type { Audience } from "./audience.js";
import { Delivery, failing, type Outlet } from "./delivery.js";
import { type Asked, createReadOperation, type DocumentOptions, isErrors, type ReadOperation } from "./document.js";
import { Question, Rendering, Renderings } from "./renderings.js";
import { CredentialEnded } from "./rights.js";
import { Source } from "./source.js";

/** A stream of results that holds something until it is returned. */
export interface Stream {
  return(): Promise<unknown>;
}

/** The client's end of a connection: it keeps account of what its operations hold. */
export interface Holder {
  /** Where the client is. */
  readonly address: string;
  hold(stream: Stream): void;
  drop(stream: Stream): void;
  /** The session has ended or the device was revoked: nothing that the token opened may go on. */
  forbid(): void;
}

export type Door = "websocket" | "event-stream";

/** One client's subscription. */
export interface Subscription extends Holder, Outlet {
  readonly door: Door;
}

/** Who keeps figures of what is asked and answered. */
export interface OperationMeasure {
  /** An operation begins. Answers what is to be called with its answer, which a subscription does not have. */
  begun(asked: Asked, door: Door): (answer: FormattedExecutionResult) => void;
  /** Errors, told to a client in whatever way. */
  told(errors: readonly GraphQLFormattedError[]): void;
}

/** The address counts, and is asked for, of those alone who are not signed in. */
export interface Asker {
  readonly viewer: Viewer;
  readonly address: string;
}

/** How much anybody may ask for in a time. */
export interface OperationRates {
  /** Throws RateLimited where nothing is left, as far as is known. */
  admit(who: Asker): void;
  /** A document that was not known is read: that counts, whatever comes of it, and refuses what is asked for next. Never throws. */
  document(who: Asker, text: string): void;
  /** An operation asks for so many objects, and is not executed yet. Throws RateLimited. */
  operation(who: Asker, requested: number): Promise<void>;
}

export interface OperationOptions<Context extends object> extends DocumentOptions {
  /** Called once per query and mutation, and for subscriptions once per value that is executed for the audience. */
  readonly makeContext: (viewer: Viewer, address: string, audience: Audience | null) => Context;
  /** Null: there are none. */
  readonly rates?: OperationRates | null;
  /** Null: nobody does. */
  readonly measure?: OperationMeasure | null;
  /** Whether what was executed with the context is for its viewer alone. */
  readonly isPersonal: (context: Context) => boolean;
  /** The same masking as over HTTP. The context is null when the operation failed before or between executions. */
  readonly formatError: (error: GraphQLError, context: Context | null) => GraphQLFormattedError;
}

/** The operations of all connections, however they come: parsed and checked once, and executed once for all who ask alike. */
export class Operations<Context extends object> {
  private readonly readOperation: ReadOperation;
  readonly renderings = new Renderings();
  private readonly numbers = new WeakMap<OperationDefinitionNode, number>();
  private operations = 0;

  constructor(readonly options: OperationOptions<Context>) {
    this.readOperation = createReadOperation(options);
  }

  /** Throws RateLimited. */
  read(payload: SubscribePayload, who: Asker): Asked | readonly GraphQLError[] {
    const { rates } = this.options;
    rates?.admit(who);
    return this.readOperation(payload, (text) => rates?.document(who, text));
  }

  /** An operation that may be executed, or what is wrong with the request. Throws RateLimited. */
  async begin(
    payload: SubscribePayload,
    viewer: Viewer,
    subscription: Subscription,
  ): Promise<Operation<Context> | readonly GraphQLError[]> {
    const who = { viewer, address: subscription.address };
    const asked = this.read(payload, who);
    if (isErrors(asked)) return asked;
    await this.options.rates?.operation(who, asked.cost?.requested ?? 0);
    return new Operation(this, asked, payload, viewer, subscription);
  }

  /** Equal for what is equal. Of the variables those count that the operation names: others may be anything, of any depth. */
  keyOf({ operation }: Asked, variables: SubscribePayload["variables"]): string {
    const number = this.numbers.get(operation) ?? ++this.operations;
    this.numbers.set(operation, number);
    const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
    const given = names.flatMap((name) => (Object.hasOwn(variables ?? {}, name) ? [[name, variables?.[name]]] : []));
    return `${number} ${JSON.stringify(given)}`;
  }

  formatResult({ errors, ...result }: ExecutionResult, context: Context | null): FormattedExecutionResult {
    // The two packages differ only in whether what is absent may be spelled `undefined`.
    const formatted = result as FormattedExecutionResult;
    return errors === undefined ? formatted : { ...formatted, errors: this.formatAll(errors, context) };
  }

  formatAll(errors: readonly GraphQLError[], context: Context | null): GraphQLFormattedError[] {
    const formatted = errors.map((error) => this.options.formatError(unwrapped(error), context));
    this.options.measure?.told(formatted);
    return formatted;
  }
}

/** One operation: what graphql-js needs to execute it, with a context that is never kept for long. */
export class Operation<Context extends object> implements ExecutionArgs {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variableValues: SubscribePayload["variables"];
  readonly operationName: SubscribePayload["operationName"];
  contextValue: Context | null;
  private readonly answered: ((answer: FormattedExecutionResult) => void) | undefined;
  private readonly identity: string;
  private fresh: { readonly audience: Audience | null; readonly context: Context } | null = null;

  constructor(
    private readonly operations: Operations<Context>,
    private readonly asked: Asked,
    { variables, operationName }: SubscribePayload,
    private readonly viewer: Viewer,
    private readonly subscription: Subscription,
  ) {
    const { schema, makeContext, measure } = operations.options;
    this.schema = schema;
    this.document = asked.document;
    this.variableValues = variables;
    this.operationName = operationName;
    this.contextValue = makeContext(viewer, subscription.address, null);
    this.answered = measure?.begun(asked, subscription.door);
    this.identity = identityOf(viewer);
  }

  get kind(): OperationTypeNode {
    return this.asked.operation.operation;
  }

  /** The one result of what is no subscription, as it is told. */
  answer(result: ExecutionResult): FormattedExecutionResult {
    const { cost } = this.asked;
    const formatted = this.operations.formatResult(result, this.contextValue);
    this.answered?.(formatted);
    return cost === null ? formatted : { ...formatted, extensions: { cost } };
  }

  async subscribe(): Promise<AsyncIterableIterator<never, undefined>> {
    const { subscription } = this;
    const { cost } = this.asked;
    const source = await createSourceEventStream(this);
    // It would be kept as long as the subscription, and no execution of a value uses it.
    this.contextValue = null;
    if (!(Symbol.asyncIterator in source)) return failing(source.errors?.[0] ?? new GraphQLError("Nothing to send"));
    const key = this.operations.keyOf(this.asked, this.variableValues);
    const delivery: Delivery = new Delivery({
      source: requireSource(source),
      outlet: subscription,
      renderings: this.operations.renderings,
      question: new Question(key, this.identity, (value, audience) => this.render(value, audience)),
      cost,
      onEnd: () => subscription.drop(delivery),
      onFailure: (error) => {
        if (error instanceof CredentialEnded) subscription.forbid();
      },
    });
    subscription.hold(delivery);
    return delivery;
  }

  private async render(value: object, audience: Audience | null): Promise<Rendering> {
    const { operations, schema, document, variableValues, operationName } = this;
    const { isPersonal } = operations.options;
    const contextValue = this.freshContext(audience);
    const result = await execute({ schema, document, variableValues, operationName, contextValue, rootValue: value });
    const text = JSON.stringify(operations.formatResult(result, contextValue));
    return new Rendering(text, isPersonal(contextValue) ? this.identity : null);
  }

  /** One for all values of a turn: loaders and the unit of work must not live longer, or they would serve old rows. */
  private freshContext(audience: Audience | null): Context {
    if (this.fresh?.audience === audience) return this.fresh.context;
    const context = this.operations.options.makeContext(this.viewer, this.subscription.address, audience);
    this.fresh = { audience, context };
    queueMicrotask(() => {
      this.fresh = null;
    });
    return context;
  }
}

function requireSource(source: object): Source<object> {
  if (source instanceof Source) return source;
  throw new TypeError("a subscription whose source is not one of ours");
}

function identityOf(viewer: Viewer): string {
  if (viewer.kind === "anonymous") return viewer.kind;
  return `${viewer.kind} ${viewer.kind === "user" ? viewer.sessionId : viewer.deviceId}`;
}

/** graphql-ws wraps whatever a stream throws, also what is a GraphQLError with its path already; graphql-js only to say more. */
function unwrapped(error: GraphQLError): GraphQLError {
  const { message, originalError } = error;
  return originalError instanceof GraphQLError && originalError.message === message ? originalError : error;
}
