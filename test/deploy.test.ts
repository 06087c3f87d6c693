import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { readFigures } from "./setup/figures.js";
import { startGatehouse } from "./setup/server.js";

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly profiles?: readonly string[]; readonly volumes?: readonly string[] }>
  >;
}

const read = (path: string): string => readFileSync(join(import.meta.dirname, "..", path), "utf8");
const alerts = (parse(read("deploy/prometheus/alerts.yml")) as { groups: [{ rules: Alert[] }] }).groups[0].rules;
const { panels } = JSON.parse(read("deploy/grafana/dashboards/gatehouse.json")) as Dashboard;

/** Each figure that an expression names, but Prometheus' own `up`. */
const figuresIn = (expr: string): string[] => expr.match(/\b(?:gatehouse|process|nodejs)_\w+/g) ?? [];

describe("the files for Prometheus and Grafana", () => {
  it("name only figures that a server tells", async () => {
    await using gatehouse = await startGatehouse({ redisUrl: inject("redisUrl") });
    const { names } = await readFigures(gatehouse.url);
    const asked = [
      ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
      ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
    ];
    const unknown = asked.flatMap(({ where, expr }) =>
      figuresIn(expr).flatMap((figure) => (names.has(figure) ? [] : `${where}: ${figure}`)),
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter(({ expr }) => figuresIn(expr).length === 0 && !expr.includes("up{"))).toEqual([]);
    expect(unknown).toEqual([]);
  });

  it("show every figure that a server tells, but when it began", async () => {
    await using gatehouse = await startGatehouse();
    const { text } = await readFigures(gatehouse.url);
    const shown = panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => figuresIn(expr))).join(" ");
    const figures = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name);
    expect(figures.filter((name) => !shown.includes(name))).toEqual(["process_start_time_seconds"]);
  });

  it("say what to do about each alert, under its name", () => {
    const guide = read("docs/OPERATIONS.md");
    expect(alerts.map(({ alert }) => alert).filter((alert) => !guide.includes(`**${alert}**`))).toEqual([]);
    expect(new Set(alerts.map(({ labels }) => labels.severity))).toEqual(new Set(["page", "ticket"]));
    expect(alerts.every(({ annotations }) => annotations.summary.length > 0)).toBe(true);
  });

  it("are where the containers look for them, only with the profile `watch`", () => {
    const { services } = parse(read("docker-compose.yml")) as Compose;
    expect(services["prometheus"]?.profiles).toEqual(["watch"]);
    expect(services["grafana"]?.profiles).toEqual(["watch"]);
    const mounted = [services["prometheus"], services["grafana"]].flatMap((service) => service?.volumes ?? []);
    expect(mounted).toContain("./deploy/prometheus:/etc/prometheus:ro");
    const prometheus = parse(read("deploy/prometheus/prometheus.yml")) as { rule_files: string[] };
    expect(prometheus.rule_files).toEqual(["alerts.yml"]);
    const source = parse(read("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
      datasources: [{ uid: string }];
    };
    const provider = parse(read("deploy/grafana/provisioning/dashboards/gatehouse.yml")) as {
      providers: [{ options: { path: string } }];
    };
    expect(read("deploy/grafana/dashboards/gatehouse.json")).toContain(`"uid": "${source.datasources[0].uid}"`);
    expect(mounted).toContain(`./deploy/grafana/dashboards:${provider.providers[0].options.path}:ro`);
  });
});
