import type { EntityManager } from "@mikro-orm/postgresql";
import type { Announce } from "./change.js";
import type { Viewer } from "./viewer.js";

/** What a domain function acts with: a unit of work of its own, on whose behalf, and whom to tell after the commit. */
export interface Scope {
  readonly em: EntityManager;
  readonly viewer: Viewer;
  readonly announce: Announce;
}
