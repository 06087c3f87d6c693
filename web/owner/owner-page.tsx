import { useEffect } from "preact/hooks";
import { VenueNameDocument } from "../generated/operations.js";
import type { PageProps } from "../kit/page.js";
import { SocketContext } from "./connection.js";
import { linkTo, useRoute } from "./route.js";
import { SECTIONS } from "./sections.js";
import { SignOutButton } from "./sign-out-button.js";
import { useReading } from "./use-live.js";
import { VenueList } from "./venue-list.js";

/** The address says which venue and which section; a section may keep more in it. */
export function OwnerPage({ socket }: PageProps) {
  const route = useRoute();
  const venueId = route.get("venue");
  return (
    <SocketContext.Provider value={socket}>
      <div class="owner">
        {venueId ? <Venue key={venueId} venueId={venueId} section={route.get("section")} /> : <VenueList />}
      </div>
    </SocketContext.Provider>
  );
}

function Venue({ venueId, section }: { readonly venueId: string; readonly section: string | null }) {
  const { data, error, read } = useReading(VenueNameDocument, { venueId });
  const { label, name, Content } = SECTIONS.find((it) => it.name === section) ?? SECTIONS[0];
  const venue = data?.venue;
  const isOwn = venue != null && (venue.owner.id === data?.me?.id || data?.me?.role === "ADMIN");
  useEffect(() => {
    document.title = `${label} – ${venue?.name ?? "Gatehouse for owners"}`;
  }, [label, venue?.name]);
  return (
    <>
      <header class="row">
        <h1>{venue?.name ?? "Venue"}</h1>
        <a href={linkTo({ venue: "" })}>All my venues</a>
        <a href={`/board${linkTo({ venue: venueId })}`}>Board</a>
        <SignOutButton />
      </header>
      <nav aria-label="Sections">
        {SECTIONS.map((it) => (
          <a
            key={it.name}
            href={linkTo({ venue: venueId, section: it.name })}
            aria-current={it.name === name ? "page" : undefined}
          >
            {it.label}
          </a>
        ))}
      </nav>
      <p role="status" class="problem">
        {error ? "The venue could not be read." : data && !isOwn ? "There is no such venue, or it is not yours." : ""}
      </p>
      <main>{isOwn && <Content venueId={venueId} onRename={read} />}</main>
    </>
  );
}
