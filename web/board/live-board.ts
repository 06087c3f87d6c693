import type { AnyVariables, Client, TypedDocumentNode } from "@urql/core";
import {
  AnomalyDetectedDocument,
  BoardDocument,
  CapacityAlertRaisedDocument,
  HistoryDocument,
  OccupancyChangedDocument,
  ScanPlacesDocument,
  ScanRecordedDocument,
} from "../generated/operations.js";
import type { Socket } from "../kit/socket.js";
import {
  type BoardState,
  EMPTY,
  withAlert,
  withAnomaly,
  withBoard,
  withCounts,
  withoutPlace,
  withPlaces,
  withScan,
} from "./model.js";

const MINUTE = 60_000;
/** The evening that the curves show. */
const HISTORY_MINUTES = 6 * 60;
/** After a longer absence the lists begin anew, instead of with every scan that was missed. */
const RESUMABLE_MILLISECONDS = 5 * MINUTE;
const AGAIN_MILLISECONDS = 5_000;
/** Within it many scans may come, of which most are soon off the screen. */
const PLACES_MILLISECONDS = 250;

export interface LiveBoard {
  readonly state: BoardState;
  /** Null while there is none. */
  readonly problem: string | null;
  close(): void;
}

/** Follows a venue until it is closed. `onChange` may come hundreds of times a second. */
export function openBoard(api: Client, socket: Socket, venueId: string, onChange: () => void): LiveBoard {
  let state = EMPTY;
  let problem: string | null = null;
  const ends: (() => void)[] = [];
  const become = (next: BoardState, nextProblem: string | null = null) => {
    state = next;
    problem = nextProblem;
    onChange();
  };

  const follow = <Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    take: (data: Data) => BoardState,
  ) => {
    let again: ReturnType<typeof setTimeout> | undefined;
    const begin = () =>
      api.subscription(document, variables).subscribe(({ data, error }) => {
        if (data) become(take(data));
        if (!error) return;
        // A lost socket does not come here, but what the server has ended: for want of rights, or because it was too busy.
        become(state, error.graphQLErrors[0]?.message ?? error.message);
        again = setTimeout(() => {
          following = begin();
        }, AGAIN_MILLISECONDS);
      });
    let following = begin();
    ends.push(() => {
      clearTimeout(again);
      following.unsubscribe();
    });
  };

  let reading: ReturnType<typeof setTimeout> | undefined;
  const readPlaces = async () => {
    const ids = withoutPlace(state);
    const { data } = await api.query(ScanPlacesDocument, { ids }).toPromise();
    if (data) become(withPlaces(state, data), problem);
    reading = undefined;
    if (data && withoutPlace(state).length > 0) readPlacesSoon();
  };
  const readPlacesSoon = () => {
    reading ??= setTimeout(() => void readPlaces(), PLACES_MILLISECONDS);
  };
  ends.push(() => clearTimeout(reading));

  let lastScan: string | null = null;
  let lostAt: number | null = null;
  const resuming = {
    venueId,
    /** Read anew whenever the subscription begins again. */
    get after() {
      return lostAt === null || Date.now() - lostAt < RESUMABLE_MILLISECONDS ? lastScan : null;
    },
  };
  const followRecords = () => {
    follow(ScanRecordedDocument, resuming, ({ scanRecorded }) => {
      lastScan = scanRecorded.id;
      lostAt = null;
      readPlacesSoon();
      return withScan(state, scanRecorded);
    });
    follow(AnomalyDetectedDocument, { venueId }, ({ anomalyDetected }) => withAnomaly(state, anomalyDetected));
    follow(CapacityAlertRaisedDocument, { venueId }, ({ capacityAlertRaised }) =>
      withAlert(state, capacityAlertRaised),
    );
  };

  const readBoard = async () => {
    const { data, error } = await api.query(BoardDocument, { venueId }).toPromise();
    if (data) {
      become(
        withBoard(state, data),
        data.venue?.occupancy ? null : "There is no such venue, or you may not read its counts.",
      );
      // Once one has been followed, only what was followed tells where to go on: the list may leave out some before its newest.
      lastScan ??= state.scans?.[0]?.id ?? null;
    } else if (error) become(state, error.graphQLErrors[0]?.message ?? "The server does not answer.");
  };
  const readHistory = async () => {
    const now = Date.now();
    const from = new Date(now - HISTORY_MINUTES * MINUTE).toISOString();
    const { data } = await api.query(HistoryDocument, { venueId, from, to: new Date(now).toISOString() }).toPromise();
    const points = data?.venue?.occupancyHistory;
    if (!points) return;
    const history = points.map(({ at, inside, entries }) => ({ at: Date.parse(at), inside, entries }));
    become({ ...state, history }, problem);
  };

  let isClosed = false;
  let beginning: ReturnType<typeof setTimeout> | undefined;
  ends.push(() => clearTimeout(beginning));
  const begin = async () => {
    await readBoard();
    if (isClosed) return;
    // A wall screen may be switched on before the server, or before the right is given, and nobody is there to load it anew.
    if (problem !== null) {
      beginning = setTimeout(() => void begin(), AGAIN_MILLISECONDS);
      return;
    }
    follow(OccupancyChangedDocument, { venueId }, ({ occupancyChanged }) => {
      const { entries, exits, refusals } = occupancyChanged;
      // A venue's first scan may fall between the reading of the list and the following, which has nothing yet to go on from.
      if (lastScan === null && state.scans !== null && entries + exits + refusals > 0) void readBoard();
      return withCounts(state, occupancyChanged, Date.now());
    });
    if (state.scans !== null) followRecords();
    ends.push(
      socket.watch((connection) => {
        if (connection === "lost") lostAt ??= Date.now();
        if (connection === "live") void Promise.all([readBoard(), readHistory()]);
      }),
    );
    await readHistory();
  };
  void begin();
  const eachMinute = setInterval(() => void readHistory(), MINUTE);
  ends.push(() => clearInterval(eachMinute));
  return {
    get state() {
      return state;
    },
    get problem() {
      return problem;
    },
    close: () => {
      isClosed = true;
      for (const end of ends) end();
    },
  };
}
