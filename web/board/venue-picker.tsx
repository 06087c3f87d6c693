import { useMutation, useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { SignOutDocument, VenuesDocument, type VenuesQuery } from "../generated/operations.js";
import { writeSession } from "../kit/session.js";
import { shownNumber } from "../kit/words.js";

export function VenuePicker() {
  const [text, setText] = useState("");
  const [{ data, error }] = useQuery({ query: VenuesDocument, variables: { text: text.trim() || null } });
  const [, signOut] = useMutation(SignOutDocument);
  return (
    <main class="picker">
      <header class="row">
        <h1>Which venue?</h1>
        <button type="button" onClick={() => void signOut({}).then(() => writeSession(null))}>
          Sign out
        </button>
      </header>
      <label>
        Search <input type="search" value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
      </label>
      <p role="status" class="problem">
        {error
          ? "The venues could not be read."
          : data && readable(data).length === 0
            ? "No venue was found whose counts you may read."
            : ""}
      </p>
      <ul>
        {data &&
          readable(data).map(({ id, name, address, occupancy }) => (
            <li key={id}>
              <a class="panel" href={`#venue=${id}`}>
                <strong>{name}</strong>
                <span>{address}</span>
                {occupancy && `${shownNumber(occupancy.inside)} of ${shownNumber(occupancy.capacity)} inside`}
              </a>
            </li>
          ))}
      </ul>
    </main>
  );
}

/** Those whose counts one may read, one's own first. */
function readable({ me, venues }: VenuesQuery): VenuesQuery["venues"]["nodes"] {
  const isOwn = (venue: { owner: { id: string } }) => venue.owner.id === me?.id;
  return venues.nodes.filter(({ occupancy }) => occupancy !== null).sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
}
