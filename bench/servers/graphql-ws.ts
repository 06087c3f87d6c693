import { buildSchema, type GraphQLSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { publicSchema } from "./public-schema.js";
import { serveState } from "./serve-state.js";
import type { Occupancy, SharedState } from "./shared-state.js";

/** What graphql-ws does by itself: a stream of each subscriber's own, and of each value an execution and a text. */
serveState((sockets, state) => {
  useServer({ schema: schemaOf(state) }, sockets);
});

function schemaOf(state: SharedState): GraphQLSchema {
  const schema = buildSchema(publicSchema());
  const field = schema.getSubscriptionType()?.getFields()["occupancyChanged"];
  if (field === undefined) throw new Error("the schema has no occupancyChanged");
  field.subscribe = () => statesOf(state);
  return schema;
}

/** The present state, then every newer one that there is when the last was sent. */
async function* statesOf(state: SharedState): AsyncGenerator<{ readonly occupancyChanged: Occupancy }> {
  let told = -1;
  for (;;) {
    if (state.occupancy.version === told) await state.changed;
    const { occupancy } = state;
    told = occupancy.version;
    yield { occupancyChanged: occupancy };
  }
}
