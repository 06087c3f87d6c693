import { useEffect, useState } from "preact/hooks";
import type { Connection, Socket } from "./socket.js";

/** Whether what is followed live arrives. */
export function useConnection(socket: Socket): Connection {
  const [connection, setConnection] = useState(socket.connection);
  useEffect(() => {
    setConnection(socket.connection);
    return socket.watch(setConnection);
  }, [socket]);
  return connection;
}
