import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import {
  type DropReason,
  LIVE_TOPICS,
  type LiveFigures,
  type LiveMetrics,
  type LiveTopic,
} from "../live/live-metrics.js";

const DROP_REASONS: readonly DropReason[] = ["stalled", "overflow"];

export function measureLive(registry: Registry): LiveMetrics {
  const registers = [registry];
  const byTopic = (name: string, help: string) => {
    const counter = new Counter({ name, help, labelNames: ["topic"], registers });
    return perLabel(LIVE_TOPICS, (topic) => counter.labels(topic));
  };
  const merged = byTopic("gatehouse_live_merged_total", "States that a newer one replaced before they were sent.");
  const drops = new Counter({
    name: "gatehouse_live_dropped_total",
    help: "Subscribers ended since they could not keep up.",
    labelNames: ["reason"],
    registers,
  });
  const dropped = perLabel(DROP_REASONS, (reason) => drops.labels(reason));
  const lags = new Histogram({
    name: "gatehouse_live_delivery_lag_seconds",
    help: "From the commit until a connection was handed what changed, once for all in the same millisecond.",
    labelNames: ["topic"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 5],
    registers,
  });
  const lag = perLabel(LIVE_TOPICS, (topic) => lags.labels(topic));
  return {
    merged: (topic) => merged[topic].inc(),
    dropped: (reason) => dropped[reason].inc(),
    lag: (topic, seconds) => lag[topic].observe(seconds),
    observe: (figures) => measureFigures(registry, figures),
  };
}

/** Made once, since the library looks up its labels anew for every count. From the beginning each has a value. */
function perLabel<Label extends string, Child>(labels: readonly Label[], make: (label: Label) => Child) {
  return Object.fromEntries(labels.map((label) => [label, make(label)])) as Record<Label, Child>;
}

function measureFigures(registry: Registry, figures: () => LiveFigures): void {
  const registers = [registry];
  const single = (name: string, help: string, read: (figures: LiveFigures) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(figures()));
      },
    });
  single("gatehouse_live_sockets", "Open WebSockets.", ({ sockets }) => sockets);
  single("gatehouse_live_streams", "Open event streams.", ({ streams }) => streams);
  single("gatehouse_live_feeds", "Topics that this node reads for its subscribers.", ({ feeds }) => feeds);
  new Counter({
    name: "gatehouse_live_pushes_total",
    help: "States and messages sent, by subscription.",
    labelNames: ["topic"],
    registers,
    collect() {
      this.reset();
      const { pushes } = figures();
      for (const topic of LIVE_TOPICS) this.inc({ topic }, pushes[topic] ?? 0);
    },
  });
  new Gauge({
    name: "gatehouse_live_subscriptions",
    help: "Open subscriptions, by field.",
    labelNames: ["topic"],
    registers,
    collect() {
      for (const [topic, count] of Object.entries(figures().subscriptions) as [LiveTopic, number][]) {
        this.set({ topic }, count);
      }
    },
  });
}
