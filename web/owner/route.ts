import { useEffect, useState } from "preact/hooks";

/** Where on the page one is, as the fragment of the address says: `#venue=…&section=…`, and what a section adds. */
export type Route = URLSearchParams;

const readRoute = (): Route => new URLSearchParams(location.hash.slice(1));

/** Follows links and the browser's back button. */
export function useRoute(): Route {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const read = () => setRoute(readRoute());
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

/** For `href`: `linkTo({ venue, section: "events", event })`. */
export function linkTo(place: Readonly<Record<string, string>>): string {
  return `#${new URLSearchParams(place)}`;
}

/** The same without a link: after something was made that is to be seen at once. */
export function goTo(place: Readonly<Record<string, string>>): void {
  location.hash = linkTo(place);
}
