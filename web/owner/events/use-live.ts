import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { useSubscription } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";

const AGAIN_MILLISECONDS = 5_000;

interface Live<Data> {
  /** What was told last; undefined before the first. */
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
}

/** Follows a subscription. One that the server has ended, because it was too busy say, is begun again a while later. */
export function useLive<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Live<Data> {
  const last = useRef<Data | undefined>(undefined);
  const [{ data, error }, again] = useSubscription<Data, Data, Variables>({ query, variables });
  if (data) last.current = data;
  useEffect(() => {
    if (!error) return;
    const timer = setTimeout(again, AGAIN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [error, again]);
  return { data: last.current, error };
}

/** Reads anew whenever `changes` is another than before. */
export function useReading(read: () => void, changes: unknown): void {
  const known = useRef(changes);
  useEffect(() => {
    if (known.current === changes) return;
    known.current = changes;
    read();
  }, [read, changes]);
}
