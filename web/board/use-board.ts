import { useEffect, useRef, useState } from "preact/hooks";
import type { PageProps } from "../kit/page.js";
import { openBoard } from "./live-board.js";
import { type BoardState, EMPTY } from "./model.js";

export interface Shown {
  readonly state: BoardState;
  readonly problem: string | null;
}

/** Nobody reads faster than this, and what draws less often leaves a small machine time to breathe. */
const FRAME_MILLISECONDS = 50;

/** The venue as it is, drawn anew at most once a frame, however much has come meanwhile. */
export function useBoard({ api, socket }: PageProps, venueId: string): Shown {
  const [shown, setShown] = useState<Shown>({ state: EMPTY, problem: null });
  const frame = useRef<number | null>(null);
  useEffect(() => {
    let drawn = 0;
    const draw = (now: number) => {
      if (now - drawn < FRAME_MILLISECONDS) {
        frame.current = requestAnimationFrame(draw);
        return;
      }
      drawn = now;
      frame.current = null;
      setShown({ state: board.state, problem: board.problem });
    };
    const board = openBoard(api, socket, venueId, () => {
      frame.current ??= requestAnimationFrame(draw);
    });
    return () => {
      board.close();
      if (frame.current !== null) cancelAnimationFrame(frame.current);
      frame.current = null;
    };
  }, [api, socket, venueId]);
  return shown;
}
