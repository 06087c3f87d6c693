import { accessToken, fillIn, keepAccessToken, onMemoryChange } from "./memory.js";

const { React, ReactDOM, GraphiQL } = globalThis;
const h = React.createElement;

/** The panel on the left: the token that every tab sends, and the examples, each opened in a tab of its own. */
export function examplesPlugin(examples) {
  return { title: "Examples", icon: Icon, content: () => h(Panel, { examples }) };
}

function Panel({ examples }) {
  const open = useOpenInTab();
  const groups = Map.groupBy(examples, ({ group }) => group);
  return h(
    "section",
    { "aria-label": "Examples" },
    h("h2", { className: "panel-title" }, "Examples"),
    h(TokenField),
    [...groups].map(([group, members]) => h(Group, { key: group, group, members, open })),
  );
}

function Group({ group, members, open }) {
  const items = members.map((example) =>
    h("li", { key: example.title }, h("button", { type: "button", onClick: () => open(example) }, example.title)),
  );
  return h("div", { className: "example-group" }, h("h3", null, group), h("ol", null, items));
}

function TokenField() {
  const token = React.useSyncExternalStore(onMemoryChange, accessToken);
  return h(
    "label",
    { className: "token" },
    "Token of every tab",
    h("input", {
      type: "text",
      value: token,
      spellCheck: false,
      autoComplete: "off",
      placeholder: "none: register or log in",
      onChange: ({ target }) => keepAccessToken(target.value),
    }),
    h("small", null, "Registering and logging in set it. An Authorization in a tab's Headers goes before it."),
  );
}

function useOpenInTab() {
  const editors = GraphiQL.React.useEditorContext({ nonNull: true });
  return ({ query, variables }) => {
    // The tab must stand before its editors are filled, else the one before would take the text.
    ReactDOM.flushSync(() => showTab(editors, operationName(query)));
    editors.queryEditor.setOption("lineWrapping", true);
    editors.queryEditor.setValue(query);
    editors.variableEditor.setValue(Object.keys(variables).length > 0 ? fillIn(variables) : "");
  };
}

/** An example that is opened again takes the tab it had. */
function showTab({ tabs, changeTab, addTab }, title) {
  const index = tabs.findIndex((tab) => tab.title === title);
  if (index >= 0) changeTab(index);
  else addTab();
}

function operationName(query) {
  return /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1];
}

function Icon() {
  return h(
    "svg",
    { viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", strokeWidth: 1.5, "aria-hidden": true },
    h("path", { d: "M2 14V6a6 5 0 0 1 12 0v8M5 14V7a3 3 0 0 1 6 0v7M8 4v10M1 14h14" }),
  );
}
