import { useState } from "preact/hooks";

/** What the steward has chosen, as it was when the page is opened again. */
export function useRemembered<Value>(key: string, first: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState<Value>(() => {
    const text = localStorage.getItem(key);
    return text === null ? first : JSON.parse(text);
  });
  const remember = (next: Value) => {
    localStorage.setItem(key, JSON.stringify(next));
    setValue(next);
  };
  return [value, remember];
}
