import { EventEmitter } from "node:events";
import type { Bus } from "./message-bus.js";

/** For a node without others: the messages stay within the process. */
export function createLocalBus(): Bus {
  const topics = new EventEmitter().setMaxListeners(0);
  return {
    publish: (topic, message) => void setImmediate(() => topics.emit(topic, message)),
    subscribe: async (topic, listener) => {
      topics.on(topic, listener);
      return () => void topics.off(topic, listener);
    },
    onReconnect: () => {},
    close: async () => void topics.removeAllListeners(),
  };
}
