import { useEffect, useRef, useState } from "preact/hooks";

/** The value as it was at most so long ago, and in the end the last. */
export function useThrottled<Value>(value: Value, milliseconds: number): Value {
  const [shown, setShown] = useState(value);
  const taken = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        taken.current = Date.now();
        setShown(value);
      },
      Math.max(0, taken.current + milliseconds - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return shown;
}
