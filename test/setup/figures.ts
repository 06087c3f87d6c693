type Labels = Readonly<Record<string, string>>;

/** What `/metrics` told at one moment. */
export class Figures {
  private readonly values = new Map<string, number>();

  constructor(readonly text: string) {
    for (const line of text.split("\n")) {
      const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
      this.values.set(keyOf(name, Object.fromEntries(pairs)), Number(value));
    }
  }

  /** Not a number: there is no such figure. */
  value(name: string, labels: Labels = {}): number {
    return this.values.get(keyOf(name, labels)) ?? Number.NaN;
  }

  /** By how much it has grown since; one that was not there was 0. */
  difference(before: Figures, name: string, labels: Labels = {}): number {
    return this.value(name, labels) - (before.values.get(keyOf(name, labels)) ?? 0);
  }

  /** The names of all figures, also of those without a value at this moment. */
  get names(): Set<string> {
    const names = [...this.text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = "", type]) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    return new Set(names);
  }
}

const keyOf = (name: string, labels: Labels): string => `${name} ${JSON.stringify(Object.entries(labels).sort())}`;

export async function readFigures(url: string): Promise<Figures> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`Status ${response.status}`);
  return new Figures(await response.text());
}
