import { Gauge, type Registry } from "prom-client";

/** What `pg.Pool` tells of itself. */
export interface MeasuredPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}

/** `pools` by the name under which they are told. */
export function measurePools(registry: Registry, pools: Readonly<Record<string, MeasuredPool>>): void {
  const entries = Object.entries(pools);
  const gauge = (name: string, help: string, read: (pool: MeasuredPool) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, each] of entries) this.set({ pool }, read(each));
      },
    });
  gauge("gatehouse_pool_size", "The most connections that the pool opens.", ({ options }) => options.max);
  gauge("gatehouse_pool_connections", "Open connections.", ({ totalCount }) => totalCount);
  gauge("gatehouse_pool_idle", "Open connections that nobody uses.", ({ idleCount }) => idleCount);
  gauge("gatehouse_pool_waiting", "Who waits for a connection.", ({ waitingCount }) => waitingCount);
}
