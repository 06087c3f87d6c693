import { examplesPlugin } from "./examples-panel.js";
import { createFetcher } from "./fetcher.js";

const { React, ReactDOM, GraphiQL } = globalThis;

const WELCOME = `# Gatehouse: what happens to an event's tickets, and who is inside.
#
# The examples on the left go in the order of an evening. Each opens in its own tab, with the ids that earlier
# answers brought. Run one with Ctrl-Enter; complete with Ctrl-Space; stop a subscription with the same button.
query WhoAmI {
  me { id name email role }
}
`;

async function start() {
  const root = document.getElementById("playground");
  const response = await fetch(new URL("../examples.json", import.meta.url));
  if (!response.ok) throw new Error(`The examples answered ${response.status}.`);
  const examples = examplesPlugin(await response.json());
  const graphiql = React.createElement(GraphiQL, {
    fetcher: createFetcher(new URL(root.dataset.endpoint, location.origin)),
    plugins: [examples],
    visiblePlugin: examples,
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "variables",
  });
  ReactDOM.createRoot(root).render(graphiql);
}

start().catch((error) => {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.textContent = `The playground could not start. ${error.message}`;
  document.getElementById("playground").replaceChildren(notice);
});
