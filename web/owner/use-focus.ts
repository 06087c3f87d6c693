import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** For a heading: takes the focus at each step, when what had it is gone, so that one who listens goes on from there. */
export function useFocus<Heading extends HTMLElement>(step: string): RefObject<Heading | null> {
  const heading = useRef<Heading>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has the focus goes with each step
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, [step]);
  return heading;
}
