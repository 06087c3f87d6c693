import type { Example } from "./example.js";
import { ID } from "./stand-ins.js";

export const PLACES: readonly Example[] = [
  {
    group: "Places",
    title: "Create a venue with gates",
    query: `# You own what you create. The ids in the answer are filled into the examples that you open next.
mutation CreateVenue($input: CreateVenueInput!) {
  createVenue(input: $input) {
    venue { id name capacity timeZone gates { id name } }
    userErrors { code message path }
  }
}`,
    variables: {
      input: {
        name: "Harbour Hall",
        address: "1 Quay Street",
        timeZone: "Europe/London",
        capacity: 500,
        publicOccupancy: true,
        gates: ["Main gate", "Stage door"],
      },
    },
  },
  {
    group: "Places",
    title: "Enrol a device",
    query: `# The token is shown this once. To scan as the device, put it in this tab's Headers:
# { "Authorization": "Bearer <token>" }
mutation EnrollDevice($input: EnrollDeviceInput!) {
  enrollDevice(input: $input) {
    device { id name gate { id name } enrolledAt }
    token
    userErrors { code message path }
  }
}`,
    variables: { input: { gateId: ID.gate, name: "Scanner 1" } },
  },
  {
    group: "Places",
    title: "A venue and all that belongs to it",
    query: `# However many rows this returns, it takes a fixed number of SQL statements.
query Venue($id: ID!) {
  venue(id: $id) {
    id
    name
    capacity
    gates { id name }
    occupancy { inside available theoretical entries exits refusals version }
    events(first: 5) {
      totalCount
      nodes {
        id
        title
        doorsOpenAt
        ticketTypes { id name quantity sold available admitsWhenFull }
        tickets(first: 10) {
          totalCount
          nodes {
            id
            code
            holderName
            inside
            scans(first: 5) {
              nodes { direction outcome reason scannedAt gate { name } }
            }
          }
        }
      }
    }
  }
}`,
    variables: { id: ID.venue },
  },
];
