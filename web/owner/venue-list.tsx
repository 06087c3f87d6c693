import { useQuery } from "@urql/preact";
import { useEffect } from "preact/hooks";
import { OwnVenuesDocument } from "../generated/operations.js";
import { shownNumber } from "../shared/words.js";
import { linkTo } from "./route.js";
import { SignOutButton } from "./sign-out-button.js";

export function VenueList() {
  const [{ data, error }] = useQuery({ query: OwnVenuesDocument, variables: {} });
  const own = data?.venues.nodes.filter(({ owner }) => owner.id === data.me?.id);
  useEffect(() => {
    document.title = "Gatehouse for owners";
  }, []);
  return (
    <>
      <header class="row">
        <h1>Your venues</h1>
        <SignOutButton />
      </header>
      <p role="status" class="problem">
        {error && "Your venues could not be read."}
      </p>
      <main>
        {own?.length === 0 && <p>You have no venue yet.</p>}
        <ul class="cards">
          {own?.map(({ id, name, address, capacity }) => (
            <li key={id}>
              <a class="panel" href={linkTo({ venue: id })}>
                <strong>{name}</strong>
                <span>{address}</span>
                <span>for {shownNumber(capacity)} people</span>
              </a>
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
