import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Socket } from "../kit/socket.js";
import { useConnection } from "../kit/use-connection.js";

/** The page's own, by which its sections follow what they show. */
export const SocketContext = createContext<Socket | null>(null);

/** For sections that follow something. */
export function ConnectionNews() {
  const socket = useContext(SocketContext);
  return <p role="status">{socket && <Lost socket={socket} />}</p>;
}

function Lost({ socket }: { readonly socket: Socket }) {
  return (
    useConnection(socket) === "lost" && (
      <strong class="problem">Connection lost. What you see may be old; trying again …</strong>
    )
  );
}
