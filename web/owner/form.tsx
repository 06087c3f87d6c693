import type { TypedDocumentNode } from "@urql/core";
import { useMutation } from "@urql/preact";
import { type ComponentChildren, createContext, type TargetedSubmitEvent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ProblemFragment } from "../generated/operations.js";

/** What is wrong, in words; `path`: the field of the input, such as `gates.0`, or empty. */
interface Problem {
  readonly path: string;
  readonly message: string;
}

/** What a form tells its fields. */
interface FormState {
  readonly problems: readonly Problem[];
  /** The names of the fields that are shown, which show their problems themselves. */
  readonly fields: Set<string>;
}

export const FormContext = createContext<FormState>({ problems: [], fields: new Set() });

/** An answer of one mutation. */
type Answer = Readonly<Record<string, { readonly userErrors: readonly ProblemFragment[] }>>;

interface FormProps<Data extends Answer, Input> {
  readonly document: TypedDocumentNode<Data, { readonly input: Input }>;
  /** From the values of the fields, as they are sent. */
  readonly input: (values: FormData) => Input;
  /** Told of success alone. */
  readonly onDone: (data: Data) => void;
  /** Told when the API has said no, and not when there was no answer. */
  readonly onRefused?: () => void;
  /** What the button says. */
  readonly submit: string;
  /** Emptied after success, for the next one. */
  readonly isEmptied?: boolean;
  /** What it does cannot be taken back. */
  readonly isFinal?: boolean;
  readonly label?: string;
  readonly children?: ComponentChildren;
}

/** Sends its fields by a mutation. What the API finds wrong stands beside the field it names, else above the button. */
export function Form<Data extends Answer, Input>(props: FormProps<Data, Input>) {
  const { document, input, onDone, onRefused, submit, isEmptied = false, isFinal = false, label, children } = props;
  const [{ fetching }, mutate] = useMutation<Data, { readonly input: Input }>(document);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const fields = useRef(new Set<string>()).current;
  const form = useRef<HTMLFormElement>(null);
  const state = useMemo(() => ({ problems, fields }), [problems, fields]);
  useEffect(() => {
    if (problems.length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problems]);

  const send = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { currentTarget } = event;
    const { data, error } = await mutate({ input: input(new FormData(currentTarget)) });
    const found = data ? problemsOf(data) : failuresOf(error);
    setProblems(found);
    if (!data) return;
    if (found.length > 0) return onRefused?.();
    if (isEmptied) currentTarget.reset();
    onDone(data);
  };

  const others = problems.filter(({ path }) => ![...fields].some((name) => isAt(path, name)));
  return (
    <form ref={form} class="form" aria-label={label} onSubmit={send}>
      <FormContext.Provider value={state}>{children}</FormContext.Provider>
      <p role="alert" class="problem">
        {others.map(({ message }) => message).join(" ")}
      </p>
      <SubmitButton isBusy={fetching} isFinal={isFinal}>
        {submit}
      </SubmitButton>
    </form>
  );
}

interface SubmitButtonProps {
  readonly isBusy: boolean;
  readonly isFinal?: boolean;
  readonly children: ComponentChildren;
}

/** Keeps the focus while it is busy, and takes no second press. */
export function SubmitButton({ isBusy, isFinal = false, children }: SubmitButtonProps) {
  return (
    <button
      type="submit"
      class={isFinal ? "danger" : ""}
      aria-disabled={isBusy}
      aria-busy={isBusy}
      onClick={(event) => isBusy && event.preventDefault()}
    >
      {children}
    </button>
  );
}

export const isAt = (path: string, name: string) => path === name || path.startsWith(`${name}.`);

function problemsOf(data: Answer): Problem[] {
  return Object.values(data).flatMap(({ userErrors }) =>
    userErrors.map(({ path, message }) => ({ path: path?.join(".") ?? "", message })),
  );
}

interface Failure {
  readonly graphQLErrors: readonly { readonly message: string }[];
}

/** What the types of the schema do not take is told with the place in the input, such as `at "input.gates[0]"; Expected …`. */
const MISFIT = / at "input\.(?<path>[^"]+)"; (?<message>.*)$/s;

function failuresOf(error: Failure | undefined): Problem[] {
  if (!error || error.graphQLErrors.length === 0) return [{ path: "", message: "The server does not answer." }];
  return error.graphQLErrors.map(({ message }) => {
    const { path, message: words } = MISFIT.exec(message)?.groups ?? {};
    return { path: path?.replaceAll(/\[(\d+)\]/g, ".$1") ?? "", message: words ?? message };
  });
}
