import { type RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** What a scanner that acts as a keyboard types goes into the field, whatever one has tapped before; from the moment that it is shown. */
export function useKeyboard(field: RefObject<HTMLInputElement | null>): void {
  useLayoutEffect(() => {
    const focus = ({ target, key }: KeyboardEvent) => {
      const isText = target instanceof HTMLInputElement && target.type !== "radio";
      // A space presses the button that has the focus.
      if (!isText && key.length === 1 && key !== " ") field.current?.focus();
    };
    // A phone would cover half of the page with its own keyboard.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, [field]);
}
