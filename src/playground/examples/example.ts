/** One operation to try in the playground. Its comment stands at the head of `query`. */
export interface Example {
  /** The heading that it is listed under. */
  readonly group: "People" | "Places" | "Events and tickets" | "Holding and paying" | "At the gate" | "Live";
  readonly title: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A time so many milliseconds after now, or before it. */
export type TimeAfter = (milliseconds: number) => string;
