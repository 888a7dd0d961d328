// The page of az ml endpoint ui: looks at what is there, and has it changed.

import { choices, laidOut, make, show, told } from "./elements.js";
import { draw, MOST_TIMES } from "./plot.js";
import { balanced } from "./shares.js";

const POLL = 2000; // milliseconds between two looks
const SETTLED = 600; // milliseconds after the last key, when traffic that was moved by keys is set
const MOST_LINES = 1000;

const byId = (id) => document.getElementById(id);

const here = {
  endpoints: [],
  name: decodeURIComponent(location.hash.slice(1)),
  looked: "", // for which endpoint sample, history and log have been asked
  traffic: "", // that the history was asked for
  rows: new Map(), // deployment -> its elements
  before: null, // the traffic while it is being moved
  moving: 0, // the timer, or what is true while a change is under way
  times: [],
  often: 0,
  busy: false,
  log: null,
};

class Failure extends Error {
  constructor(told) {
    super(told.message);
    this.told = told;
  }
}

// What the server answers

async function call(path, data) {
  const headers = { "Content-Type": "application/json" };
  const asked = data === undefined ? {} : { method: "POST", headers, body: JSON.stringify(data) };
  let answer, body;
  try {
    answer = await fetch(`api/endpoints${path}`, asked);
    body = await answer.json();
  } catch {
    throw new Failure({ message: "Nobody answers.", recommendation: "Does az ml endpoint ui still run?" });
  }
  if (!answer.ok) throw new Failure(body);
  return body;
}

// Looking, again and again

async function look() {
  if (document.hidden) return;
  try {
    here.endpoints = await call("");
    byId("away").hidden = true;
  } catch (failure) {
    byId("away").hidden = false;
    show(byId("away"), `${failure.told.message} ${failure.told.recommendation ?? ""}`);
    return;
  }
  render();
}

function render() {
  const found = here.endpoints.find((each) => each.name.toLowerCase() === here.name.toLowerCase());
  const endpoint = here.name ? found : here.endpoints[0]; // never another one than was asked for
  const some = here.endpoints.length > 0;
  byId("nothing").hidden = some;
  byId("gone").hidden = !some || Boolean(endpoint);
  byId("endpoint").hidden = !endpoint;
  renderNames(endpoint);
  if (!endpoint) return leave();
  here.name = endpoint.name;
  show(byId("name"), endpoint.name);
  show(byId("uri"), endpoint.scoring_uri ?? "no scoring URI");
  show(byId("state"), endpoint.provisioning_state, kindOf(endpoint.provisioning_state));
  renderDeployments(endpoint);
  begin(endpoint);
}

function renderNames(current) {
  const names = JSON.stringify([here.endpoints.map((each) => each.name), current?.name]);
  if (byId("endpoints").dataset.names === names) return;
  byId("endpoints").dataset.names = names;
  byId("endpoints").replaceChildren(...here.endpoints.map((each) => {
    const button = make("button", { type: "button", "aria-current": String(each === current) }, each.name);
    button.addEventListener("click", () => { location.hash = encodeURIComponent(each.name); });
    return button;
  }));
}

function kindOf(state) {
  if (["Succeeded", "running"].includes(state)) return "good";
  return ["Failed", "exited", "damaged", "dead"].includes(state) ? "bad" : "";
}

function begin(endpoint) {
  const traffic = JSON.stringify(endpoint.traffic ?? {});
  const isNew = here.looked !== endpoint.name;
  if (isNew) {
    here.looked = endpoint.name;
    document.title = `${endpoint.name} · endpoints on this machine`;
    forget();
    stopSending();
    byId("answer").replaceChildren();
    byId("traffic-told").replaceChildren();
    sample(endpoint.name);
    closeLog();
  }
  if (!here.log) followLog();
  if (isNew || here.traffic !== traffic) history(endpoint.name);
  here.traffic = traffic;
}

function leave() {
  show(byId("gone"), `There is no endpoint ${here.name} any more.`);
  here.looked = ""; // one that is made again begins anew
  stopSending();
  closeLog();
}

// Deployments and their traffic

function renderDeployments(endpoint) {
  const names = endpoint.deployments.map((each) => each.name).sort();
  if (here.looked !== endpoint.name || JSON.stringify(names) !== JSON.stringify([...here.rows.keys()])) {
    here.rows = new Map(names.map((name, nth) => [name, row(name, nth)]));
    byId("deployments").replaceChildren(...[...here.rows.values()].map((each) => each.element));
  }
  for (const each of endpoint.deployments) {
    const { state, failure } = here.rows.get(each.name);
    show(state, each.state, kindOf(each.state));
    show(failure, each.last_error ?? "");
    failure.hidden = !each.last_error;
  }
  if (!here.moving && !here.before) showShares(shares(endpoint));
  const log = Object.fromEntries(names.map((name) => [name, name]));
  choices(byId("logged"), log);
  choices(byId("to"), { "": "by traffic", ...log });
}

function row(name, nth) {
  const id = `share-${nth}`;
  const range = make("input", { id, type: "range", min: 0, max: 100, step: 1, value: 0 });
  const made = {
    range,
    state: make("span", { class: "state" }),
    share: make("output", { for: id }),
    failure: make("p", { class: "failure", hidden: true }),
  };
  const label = make("label", { for: id }, name);
  made.element = make("div", { class: `deployment c${nth % 6}` }, label, made.state, range, made.share, made.failure);
  let byKey = false;
  range.addEventListener("keydown", () => { byKey = true; });
  range.addEventListener("pointerdown", () => { byKey = false; });
  range.addEventListener("input", () => move(name, Number(range.value)));
  range.addEventListener("change", () => settle(byKey ? SETTLED : 0));
  return made;
}

function shares(endpoint) {
  const names = [...here.rows.keys()];
  return Object.fromEntries(names.map((name) => [name, endpoint.traffic?.[name] ?? 0]));
}

function showShares(split) {
  const alone = here.rows.size === 1 && Object.values(split)[0] === 100;
  for (const [name, { range, share }] of here.rows) {
    range.value = split[name];
    range.disabled = alone;
    range.style.setProperty("--share", `${split[name]}%`);
    range.setAttribute("aria-valuetext", `${split[name]} percent of the traffic`);
    show(share, `${split[name]} %`);
  }
}

function move(name, value) {
  const endpoint = here.endpoints.find((each) => each.name === here.name);
  here.before ??= shares(endpoint);
  showShares(balanced(here.before, name, value));
}

function settle(after) {
  if (here.moving) clearTimeout(here.moving);
  here.moving = setTimeout(setTraffic, after);
}

async function setTraffic() {
  const wanted = Object.fromEntries([...here.rows].map(([name, { range }]) => [name, Number(range.value)]));
  const name = here.name;
  try {
    const changed = await call(`/${name}/traffic`, wanted);
    here.endpoints = here.endpoints.map((each) => (each.name === name ? changed : each));
    byId("traffic-told").replaceChildren();
  } catch (failure) {
    byId("traffic-told").replaceChildren(...told(failure));
  }
  here.moving = 0;
  here.before = null;
  render();
}

// Requests

async function sample(name) {
  const body = byId("body");
  body.value = "";
  show(byId("origin"), "");
  const found = await call(`/${name}/sample`).catch(() => ({}));
  if (here.name !== name || body.value) return;
  body.value = laidOut(found.body ?? "");
  show(byId("origin"), found.origin ? `from ${found.origin.split(/[\\/]/).at(-1)}` : "");
  byId("origin").title = found.origin ?? "";
}

async function send(times) {
  if (here.busy) return;
  here.busy = true;
  const asked = {
    body: byId("body").value,
    content_type: byId("type").value,
    deployment: byId("to").value || null,
    times,
  };
  try {
    const answer = await call(`/${here.name}/invoke`, asked);
    here.times = [...here.times, ...answer.all].slice(-MOST_TIMES);
    byId("answer").replaceChildren(...answered(answer));
    plot();
  } catch (failure) {
    byId("answer").replaceChildren(...told(failure));
    stopSending();
  } finally {
    here.busy = false;
  }
}

function answered(answer) {
  const good = answer.status !== null && answer.status < 300;
  const time = answer.milliseconds === null ? "" : `${answer.milliseconds} ms`;
  const head = make("p", { class: "row" },
    make("span", { class: `state ${good ? "good" : "bad"}` }, String(answer.status ?? "no answer")),
    make("span", {}, [answer.deployment, time, answer.headers["content-type"]].filter(Boolean).join(" · ")));
  const failure = answer.error ? told({ told: answer.error }) : [];
  const cut = answer.whole ? "" : "\n… and more, which is not shown";
  const text = answer.body === null ? `${answer.bytes} bytes, which are no text` : laidOut(answer.body) + cut;
  const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  return [head, ...failure, make("pre", { tabindex: 0, class: "body" }, text),
    make("details", {}, make("summary", {}, "Headers"), make("pre", { tabindex: 0 }, headers))];
}

function stopSending() {
  clearInterval(here.often);
  here.often = 0;
  byId("often").setAttribute("aria-pressed", "false");
}

function toggleSending() {
  if (here.often) return stopSending();
  here.often = setInterval(() => document.hidden || send(1), 1000);
  byId("often").setAttribute("aria-pressed", "true");
  send(1);
}

// Latencies

function colour(deployment) {
  const names = [...here.rows.keys()];
  return `c${Math.max(0, names.indexOf(deployment)) % 6}`;
}

const plot = () => draw(byId("plot"), byId("figures"), here.times, colour);

function forget() {
  here.times = [];
  plot();
}

// The log, and the history

function followLog() {
  closeLog();
  const deployment = byId("logged").value;
  if (!deployment || document.hidden) return;
  const log = new EventSource(`api/endpoints/${here.name}/logs/${deployment}`);
  const again = () => {
    log.close();
    show(byId("log-told"), "has ended");
    setTimeout(() => here.log === log && followLog(), POLL);
  };
  here.log = log;
  byId("log").replaceChildren();
  log.addEventListener("open", () => show(byId("log-told"), ""));
  log.addEventListener("message", (event) => addLine(JSON.parse(event.data)));
  log.addEventListener("end", again);
  log.addEventListener("error", () => log.readyState === EventSource.CLOSED && again());
}

function closeLog() {
  here.log?.close();
  here.log = null;
}

function addLine(text) {
  const box = byId("log");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  const bad = / [EC] \[\d+\] |^Traceback|^\w*(Error|Exception)\b/.test(text);
  box.append(make("div", { class: bad ? "bad" : null }, text));
  while (box.childElementCount > MOST_LINES) box.firstElementChild.remove();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

async function history(name) {
  const entries = await call(`/${name}/history`).catch(() => []);
  if (here.name !== name) return;
  const cells = (each) => [
    new Date(each.when).toLocaleString(),
    Object.entries(each.traffic ?? {}).map(([to, share]) => `${to} ${share} %`).join(", ") || "none",
    each.who ?? "somebody else",
    each.commit ? `${each.what ?? ""} (${each.commit.slice(0, 7)})` : (each.what ?? ""),
  ];
  const rows = entries.map((each) => make("tr", {}, ...cells(each).map((text) => make("td", {}, text))));
  byId("history").replaceChildren(...rows);
}

// What the visitor does

byId("request").addEventListener("submit", (event) => { event.preventDefault(); send(1); });
byId("often").addEventListener("click", toggleSending);
byId("many").addEventListener("click", () => send(20));
byId("forget").addEventListener("click", forget);
byId("logged").addEventListener("change", followLog);
addEventListener("hashchange", () => {
  here.name = decodeURIComponent(location.hash.slice(1));
  render();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return closeLog();
  look();
});

plot();
look();
setInterval(look, POLL);
