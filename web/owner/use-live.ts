import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { useQuery, useSubscription } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";

const AGAIN_MILLISECONDS = 5_000;

interface Live<Data> {
  /** What was told last, though there be an error since; undefined before the first. */
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
}

/** Follows a subscription. One that the server has ended, because it was too busy say, is begun again a while later. */
export function useLive<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Live<Data> {
  const [{ data, error }, again] = useSubscription<Data, Data, Variables>({ query, variables });
  useAgain(error, again);
  return { data, error };
}

interface Reading<Data> extends Live<Data> {
  /** Reads it now. */
  readonly read: () => void;
}

/** Reads anew whenever `changes` is another than before, and a while after it could not be read. */
export function useReading<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  changes?: unknown,
): Reading<Data> {
  const [{ data, error }, read] = useQuery<Data, Variables>({ query, variables });
  const last = useRef<Data | undefined>(undefined);
  if (data) last.current = data;
  const known = useRef(changes);
  useEffect(() => {
    if (known.current === changes) return;
    known.current = changes;
    read();
  }, [read, changes]);
  useAgain(error, read);
  return { data: last.current, error, read };
}

function useAgain(error: CombinedError | undefined, again: () => void): void {
  useEffect(() => {
    if (!error) return;
    const timer = setTimeout(again, AGAIN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [error, again]);
}
