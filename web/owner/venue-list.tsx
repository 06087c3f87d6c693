import { useEffect, useState } from "preact/hooks";
import { OwnVenuesDocument, type OwnVenuesQuery } from "../generated/operations.js";
import { shownNumber } from "../kit/words.js";
import { linkTo } from "./route.js";
import { SignOutButton } from "./sign-out-button.js";
import { useReading } from "./use-live.js";
import { VenueCreation } from "./venue-creation.js";

export function VenueList() {
  useEffect(() => {
    document.title = "Gatehouse for owners";
  }, []);
  return (
    <>
      <header class="row">
        <h1>Your venues</h1>
        <SignOutButton />
      </header>
      <main>
        <Page after={null} />
        <VenueCreation />
      </main>
    </>
  );
}

/** A hundred of them, and the next hundred when it is asked for. */
function Page({ after }: { readonly after: string | null }) {
  const { data, error } = useReading(OwnVenuesDocument, { after });
  const [hasNext, setNext] = useState(false);
  const { nodes, pageInfo } = data?.me?.ownedVenues ?? {};
  return (
    <>
      <p role="status" class={error ? "problem" : ""}>
        {error ? "Your venues could not be read." : after === null && nodes?.length === 0 ? "You have none yet." : ""}
      </p>
      <ul class="cards">
        {nodes?.map((venue) => (
          <Card key={venue.id} {...venue} />
        ))}
      </ul>
      {hasNext && <Page after={pageInfo?.endCursor ?? null} />}
      {pageInfo?.hasNextPage && !hasNext && (
        <button type="button" onClick={() => setNext(true)}>
          More
        </button>
      )}
    </>
  );
}

type OwnVenue = NonNullable<OwnVenuesQuery["me"]>["ownedVenues"]["nodes"][number];

function Card({ id, name, address, capacity, occupancy }: OwnVenue) {
  return (
    <li>
      <a class="panel" href={linkTo({ venue: id })}>
        <strong>{name}</strong>
        <span>{address}</span>
        <span>
          {shownNumber(occupancy?.inside ?? 0)} of {shownNumber(capacity)} inside
        </span>
      </a>
    </li>
  );
}
