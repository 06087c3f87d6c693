import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

const RESOLUTION_MILLISECONDS = 20;
const QUANTILES = [50, 99, 100] as const;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/**
 * The event loop and the process. Not by the library's own default metrics: those hold observers that nothing ends, and a
 * process may have had many servers. Answers what ends these.
 */
export function measureProcess(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  delay.enable();
  measureLoop(registry, delay);
  gauge(registry, "process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge(registry, "nodejs_heap_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
  gauge(registry, "process_cpu_seconds_total", "Processor time spent.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  });
  gauge(registry, "process_start_time_seconds", "When the process began, since 1970.", () =>
    Math.round(performance.timeOrigin / 1_000),
  );
  return () => void delay.disable();
}

/** Of the time since the scrape before. */
function measureLoop(registry: Registry, delay: ReturnType<typeof monitorEventLoopDelay>): void {
  let seen = performance.eventLoopUtilization();
  new Gauge({
    name: "gatehouse_event_loop_lag_seconds",
    help: "By how much timers came late since the last scrape, as a quantile.",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      for (const quantile of QUANTILES) {
        const late = delay.percentile(quantile) / NANOSECONDS - RESOLUTION_MILLISECONDS / 1_000;
        this.set({ quantile: String(quantile / 100) }, Math.max(0, late || 0));
      }
      delay.reset();
    },
  });
  gauge(
    registry,
    "gatehouse_event_loop_utilization",
    "The part of the time since the last scrape that was busy.",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, seen);
      seen = now;
      return utilization;
    },
  );
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
