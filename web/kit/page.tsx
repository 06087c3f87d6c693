import type { Client } from "@urql/core";
import { Provider } from "@urql/preact";
import { type ComponentType, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { createApi } from "./api.js";
import { onSession, readSession, takeLink } from "./session.js";
import { SignIn } from "./sign-in.js";
import { createSocket, type Socket } from "./socket.js";

export interface PageProps {
  readonly api: Client;
  readonly socket: Socket;
}

export interface DoorProps {
  readonly title: string;
}

/** Shows the page to whoever is signed in, and the door to everybody else. */
export function openPage(title: string, Page: ComponentType<PageProps>, Door: ComponentType<DoorProps> = SignIn): void {
  takeLink();
  // One that is pasted into the page that is open: somebody else may be signed in by it.
  addEventListener("hashchange", () => takeLink() && location.reload());
  const root = document.getElementById("page");
  if (root === null) throw new Error("The page has no place to be shown in");
  render(<House title={title} page={Page} door={Door} />, root);
}

interface HouseProps extends DoorProps {
  readonly page: ComponentType<PageProps>;
  readonly door: ComponentType<DoorProps>;
}

function House({ title, page: Page, door: Door }: HouseProps) {
  const [isSignedIn, setSignedIn] = useState(readSession() !== null);
  useEffect(() => onSession(() => setSignedIn(readSession() !== null)), []);
  const socket = useState(createSocket)[0];
  const api = useState(() => createApi(socket))[0];
  return <Provider value={api}>{isSignedIn ? <Page api={api} socket={socket} /> : <Door title={title} />}</Provider>;
}
