// The tabs Job and Jobs and the page Remote jobs of Airflow's UI.
//
// Airflow imports this file as a module, finds React on globalThis, and takes a component by the name that
// plugin.py gives it. From top to bottom: what Airflow's API says, read into plain objects; words for people; the
// requests; small components; the three views.

const React = globalThis.React;
const h = React.createElement;

// ---- What Airflow's API says: XComs and job dicts come from outside, so every field is checked here -------------

const MOST_JOBS = 50;
const STATES = ["pending", "running", "succeeded", "failed", "cancelled"];
const OVER = new Set(["succeeded", "failed", "cancelled"]);
const UNDER_WAY = new Set(["deferred", "running", "up_for_reschedule", "scheduled", "queued", "restarting"]);
const OPERATORS = new Set(["JobStatusSensor", "JobStatusOperator", "BulkJobOperator"]);

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const number = (value) => (Number.isFinite(value) ? value : null);
const count = (value) => number(value) ?? 0;
const text = (value) => (typeof value === "string" && value !== "" ? value.slice(0, 500) : null);
const share = (value) => (Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : null);
const moment = (value) => number(typeof value === "string" ? Date.parse(value) / 1000 : value);
const sum = (values) => values.reduce((total, value) => total + value, 0);

const counters = (value) =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter(([, of]) => Number.isFinite(of)).slice(0, 100));

// A link goes to a web page; a vendor's or a connection's javascript: is no link.
export const webLink = (value) => (typeof value === "string" && /^https?:\/\//i.test(value) ? value : null);

const readJob = (of) => ({
  id: text(of.id) ?? "?",
  state: STATES.includes(of.state) ? of.state : null,
  status: text(of.status),
  progress: share(of.progress),
  processed: number(of.processed),
  total: number(of.total),
  failed: number(of.failed),
  counters: counters(of.counters),
  error: text(of.error),
  console: webLink(of.console),
  polls: count(of.polls),
  faults: count(of.faults),
  failures: count(of.failures),
  fault: text(of.fault),
  // When polls without a good answer began, so that "for 5 min" goes on between two polls.
  failingSince: count(of.failures) && number(of.polled_at) !== null ? of.polled_at - count(of.silent) : null,
  seenAt: moment(of.seen_at),
  movedAt: moment(of.moved_at),
  expectedAt: moment(of.expected_at),
  polledAt: moment(of.polled_at),
  nextPoll: moment(of.next_poll),
  startedAt: moment(of.started_at) ?? moment(of.created_at),
  completedAt: moment(of.completed_at),
  ending: text(of.ending),
  message: text(of.message),
});

const badness = (job) => (job.failures ? 3 : 0) + (job.state === "failed" || job.state === "cancelled" ? 2 : 0)
  + (job.state === null || !OVER.has(job.state) ? 1 : 0);
export const worstFirst = (jobs) => [...jobs].sort((one, other) => badness(other) - badness(one));

const isOldNews = (wait, now) => {
  const due = wait.jobs.map((job) => job.nextPoll).filter((at) => at !== null);
  return now > Math.max(wait.writtenAt, due.length ? Math.min(...due) : 0) + Math.max(2 * wait.interval, 120);
};

// What a wait under way wrote, as its XCom job_progress has it; null for anything else.
export function readProgress(value) {
  if (!isObject(value) || value.version !== 1 || !Array.isArray(value.jobs)) return null;
  return {
    live: true,
    vendor: text(value.vendor) ?? "The vendor",
    connection: text(value.conn_id),
    began: moment(value.began),
    deadline: moment(value.deadline),
    limit: text(value.limit),
    interval: count(value.interval),
    writtenAt: count(value.written_at),
    total: Math.max(count(value.total), value.jobs.length),
    ended: count(value.ended),
    failing: count(value.failing),
    endings: counters(value.endings),
    counters: counters(value.counters),
    progress: share(value.progress),
    jobs: worstFirst(value.jobs.filter(isObject).slice(0, MOST_JOBS).map(readJob)),
  };
}

const isJob = (value) => isObject(value) && STATES.includes(value.state) && isObject(value.counters)
  && ["vendor", "id", "status"].every((name) => typeof value[name] === "string");

// What a task returned: its job, or its jobs with null for one never seen; null for what is no job.
export function readResult(value) {
  const list = Array.isArray(value) ? value : [value];
  const found = list.filter(isJob);
  if (!found.length || list.some((one) => one !== null && !isJob(one))) return null;
  const endings = {};
  const sums = {};
  for (const one of list) endings[one?.state ?? "never seen"] = (endings[one?.state ?? "never seen"] ?? 0) + 1;
  for (const one of found)
    for (const [name, of] of Object.entries(counters(one.counters))) sums[name] = (sums[name] ?? 0) + of;
  return {
    live: false,
    vendor: text(found[0].vendor) ?? "?",
    total: list.length,
    ended: sum([...OVER].map((state) => endings[state] ?? 0)),
    failing: 0,
    endings,
    counters: sums,
    progress: null,
    jobs: worstFirst(found.map(readJob)).slice(0, MOST_JOBS),
  };
}

// Airflow returns the value of an XCom as it lies in the database: as JSON, or as the text of it.
function xcomValue(entry) {
  if (typeof entry?.value !== "string") return entry?.value;
  try {
    return JSON.parse(entry.value);
  } catch {
    return entry.value;
  }
}

const waitsForJob = (task) =>
  OPERATORS.has(task.operator) || ("job_id" in (task.rendered_fields ?? {}) && "conn_id" in task.rendered_fields);

// ---- Words for people --------------------------------------------------------------------------------------

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

export function duration(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = UNITS[first];
  const [smaller, part] = UNITS[first + 1] ?? [];
  const rest = smaller && whole < 10 * size ? Math.floor((whole % size) / part) : 0;
  return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
}

export const relative = (at, now) => {
  if (Math.abs(at - now) < 1) return "now";
  return at < now ? `${duration(now - at)} ago` : `in ${duration(at - now)}`;
};

function timeZone() {
  try {
    return JSON.parse(localStorage.getItem("timezone")) ?? undefined; // what is chosen in Airflow's UI
  } catch {
    return undefined;
  }
}

const absolute = (at) => new Date(at * 1000).toLocaleString("sv-SE", { timeZone: timeZone(), timeZoneName: "short" });
const grouped = (value) => value.toLocaleString("en-US");
const plural = (value, word) => `${grouped(value)} ${word}${value === 1 ? "" : "s"}`;
// Rounded down: 100 % is done.
export const percent = (value) => (value === null ? null : `${Math.floor(value * 100)} %`);

export function records(job) {
  const failed = job.failed ? `, ${grouped(job.failed)} failed` : "";
  if (job.processed === null) return failed ? `${plural(job.failed, "record")} failed` : null;
  const of = job.total === null ? plural(job.processed, "record") : `${grouped(job.processed)} of ${plural(job.total, "record")}`;
  return of + failed;
}

const endingsOf = (wait) => Object.entries(wait.endings).filter(([, of]) => of)
  .map(([name, of]) => `${grouped(of)} ${name.replaceAll("_", " ")}`).join(", ");

// ---- Requests ----------------------------------------------------------------------------------------------

const SOON = 4_000;
const LIST_EVERY = 10_000;
const SELDOM = 60_000; // milliseconds, of what is over or hidden
const AT_ONCE = 4; // requests, so that Airflow's own pages go on
const PER_PAGE = 25;
const MOST_WAITS = 500;

const base = () => new URL(document.baseURI).pathname.replace(/\/$/, "");
const path = (...parts) => parts.map((part) => encodeURIComponent(part)).join("/");
let ahead = 0; // seconds that the server's clock is ahead of this one

class RequestError extends Error {
  constructor(status) {
    super(status === 401 || status === 403
      ? `Airflow does not let you see this (HTTP ${status}). It takes the right to read XComs and task instances.`
      : `Airflow's API answers with HTTP ${status}.`);
  }
}

// Returns what Airflow's API says, null where there is no such thing.
async function get(url) {
  const token = localStorage.getItem("token"); // where Airflow 3.1.0 has it; later ones use a cookie
  const answer = await fetch(`${base()}/api/v2/${url}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  const date = Date.parse(answer.headers.get("date"));
  if (Number.isFinite(date) && Math.abs(date - Date.now() - ahead * 1000) > 2_000) ahead = (date - Date.now()) / 1000;
  if (answer.status === 404) return null;
  if (!answer.ok) throw new RequestError(answer.status);
  return answer.json();
}

const serverTime = () => Date.now() / 1000 + ahead;

const known = new Map();

// As get, but asks once for each version of the thing.
async function getOnce(url, version) {
  if (known.get(url)?.version !== version) {
    if (known.size > 2 * MOST_WAITS) known.clear();
    known.set(url, { version, value: await get(url) });
  }
  return known.get(url).value;
}

async function getAll(url, name) {
  const found = [];
  let total = 0;
  do {
    const page = await get(`${url}${url.includes("?") ? "&" : "?"}limit=100&offset=${found.length}`);
    if (!page?.[name].length) break;
    found.push(...page[name]);
    total = page.total_entries;
  } while (found.length < Math.min(total, MOST_WAITS));
  return [found, Math.max(total, found.length)];
}

async function forEach(items, act) {
  const left = [...items];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left.length) await act(left.shift());
  }));
}

const runUrl = (place) => `dags/${path(place.dag_id)}/dagRuns/${path(place.run_id)}`;
const taskUrl = (place) => `${runUrl(place)}/taskInstances/${path(place.task_id)}`;
const xcomUrl = (place, key) => `${taskUrl(place)}/xcomEntries/${key}?map_index=${place.map_index}`;
const stateUrl = (place) => taskUrl(place) + (place.map_index < 0 ? "" : `/${place.map_index}`);
const placeKey = (place) => [place.dag_id, place.run_id, place.task_id, place.map_index].join("\n");

// Returns {task, wait, link} of one task instance; wait is null where there is no news of a job.
async function loadJob(place) {
  const task = await get(stateUrl(place));
  if (task === null) return { task: null, wait: null };
  const live = readProgress(xcomValue(await get(xcomUrl(place, "job_progress"))));
  if (live && UNDER_WAY.has(task.state)) return { task, wait: live };
  const result = UNDER_WAY.has(task.state) ? null : readResult(xcomValue(await get(xcomUrl(place, "return_value"))));
  if (result?.total === 1) {
    const links = await get(`${taskUrl(place)}/links?map_index=${place.map_index}`).catch(() => null);
    result.jobs[0].console = webLink(links?.extra_links?.["Open the job"]);
  }
  return { task, wait: result ?? (live && { ...live, live: false }) };
}

// Returns {rows, total, failing, more} of a run, or of all runs: waits under way, failing APIs first, then what ended.
async function loadWaits(dag, run, page) {
  const scope = { dag_id: dag, run_id: run };
  const [entries, total] = await getAll(
    `${runUrl(scope)}/taskInstances/~/xcomEntries?xcom_key=job_progress&order_by=-timestamp`, "xcom_entries");
  const rows = [];
  await forEach(entries, async (place) => {
    const wait = readProgress(xcomValue(await getOnce(xcomUrl(place, "job_progress"), place.timestamp)));
    if (wait && !(isOldNews(wait, serverTime()) && await isOver(place))) rows.push({ place, wait });
  });
  const waiting = new Set(rows.map((row) => placeKey(row.place)));
  const ended = run === "~" ? [] : await loadEnded(scope, waiting);
  rows.sort((one, other) => (other.wait.failing > 0) - (one.wait.failing > 0)
    || (one.wait.began ?? 0) - (other.wait.began ?? 0) || placeKey(one.place).localeCompare(placeKey(other.place)));
  const failing = rows.filter((row) => row.wait.failing).length;
  const all = [...rows, ...ended];
  await forEach(all.slice(page * PER_PAGE, (page + 1) * PER_PAGE).filter((row) => row.task), async (row) => {
    const url = xcomUrl(row.place, "return_value");
    row.wait = readResult(xcomValue(await getOnce(url, `${row.task.try_number} ${row.task.end_date}`)));
  });
  return { rows: all, waiting: rows.length, failing, unread: total - entries.length };
}

// A wait whose news is old may be over without a last word, as when somebody marked its task as failed.
async function isOver(place) {
  const task = await getOnce(stateUrl(place), `${place.timestamp} ${Math.floor(Date.now() / SELDOM)}`);
  return task === null || !UNDER_WAY.has(task.state);
}

async function loadEnded(scope, waiting) {
  const [tasks] = await getAll(`${runUrl(scope)}/taskInstances`, "task_instances");
  return tasks
    .map((task) => ({ task, place: { ...scope, task_id: task.task_id, map_index: task.map_index } }))
    .filter(({ task, place }) => task.end_date && !UNDER_WAY.has(task.state) && waitsForJob(task)
      && !waiting.has(placeKey(place)))
    .sort((one, other) => (other.task.state === "failed") - (one.task.state === "failed"));
}

// What was last loaded, by what it is of: Airflow 3.1.0 makes components anew each time it draws their page.
const loaded = new Map();

function slotOf(key) {
  if (!loaded.has(key)) {
    if (loaded.size > 100) loaded.clear();
    loaded.set(key, { at: 0 });
  }
  return loaded.get(key);
}

async function refresh(slot, load) {
  try {
    slot.data = await load();
    slot.error = null;
  } catch (error) {
    slot.error = error instanceof RequestError ? error.message : "Airflow does not answer.";
  }
  slot.at = Date.now();
  slot.loading = null;
}

// Loads something, and again and again while it is on the screen; `every` says after how many milliseconds.
function useLoaded(key, load, every) {
  const [, draw] = React.useReducer((drawn) => drawn + 1, 0);
  const slot = slotOf(key);
  React.useEffect(() => {
    let timer = null;
    let mounted = true;
    const pause = () => (document.hidden ? SELDOM : every(slot.data));
    const plan = (due) => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        slot.loading ??= refresh(slot, load);
        await slot.loading;
        if (!mounted) return;
        draw();
        plan(slot.at + pause());
      }, Math.max(due - Date.now(), 0));
    };
    const planAgain = () => plan(slot.at + pause());
    planAgain();
    document.addEventListener("visibilitychange", planAgain);
    return () => {
      mounted = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", planAgain);
    };
  }, [key]);
  return slot;
}

function useNow() {
  const [, tick] = React.useReducer((ticks) => ticks + 1, 0);
  React.useEffect(() => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
  return serverTime();
}

// ---- Small components --------------------------------------------------------------------------------------

const STYLE = `
.jobstatus { --fg: var(--chakra-colors-fg, inherit); --muted: var(--chakra-colors-fg-muted, #71717a);
  --line: var(--chakra-colors-border, #8884); --soft: var(--chakra-colors-bg-muted, #8882);
  --link: var(--chakra-colors-fg-info, #2563eb); --bad: var(--chakra-colors-fg-error, #dc2626);
  --good: var(--chakra-colors-fg-success, #15803d); --going: var(--chakra-colors-fg-info, #2563eb);
  --warn: var(--chakra-colors-fg-warning, #b45309);
  container-type: inline-size; padding: 12px; color: var(--fg); font-size: 14px; line-height: 1.5; overflow-wrap: anywhere; }
.jobstatus a { color: var(--link); text-decoration: none; }
.jobstatus a:hover { text-decoration: underline; }
.jobstatus :is(a, button, [tabindex]):focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.jobstatus h1 { font-size: 20px; font-weight: 600; }
.jobstatus h2 { font-size: 14px; font-weight: 600; margin: 20px 0 8px; }
.jobstatus svg { display: inline-block; width: 1em; height: 1em; flex: none; vertical-align: -.125em; }
.jobstatus code { font-family: var(--chakra-fonts-mono, monospace); font-size: 13px; }
.jobstatus .card { border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin-bottom: 12px; }
.jobstatus .head { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; justify-content: space-between; }
.jobstatus .head > strong { font-size: 16px; font-weight: 600; }
.jobstatus .figure { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline; margin-top: 8px; }
.jobstatus .figure > b { font-size: 28px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.jobstatus .muted { color: var(--muted); }
.jobstatus .small { font-size: 13px; }
.jobstatus .state { display: inline-flex; gap: 6px; align-items: center; }
.jobstatus .good { color: var(--good); } .jobstatus .bad { color: var(--bad); }
.jobstatus .going { color: var(--going); } .jobstatus .warn { color: var(--warn); }
.jobstatus .bar { height: 10px; border-radius: 5px; background: var(--soft); border: 1px solid var(--line); overflow: hidden; }
.jobstatus .bar > div { height: 100%; background: currentColor; transition: width .5s; }
.jobstatus .bar.unknown { background: repeating-linear-gradient(-45deg, var(--soft) 0 8px, transparent 8px 16px); }
.jobstatus .note { display: flex; gap: 10px; border: 1px solid currentColor; border-left-width: 4px; border-radius: 6px;
  padding: 10px 12px; margin-bottom: 12px; }
.jobstatus .note > svg { margin-top: .25em; }
.jobstatus .note > div { color: var(--fg); flex: 1; }
.jobstatus .note strong { font-weight: 600; display: block; }
.jobstatus dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px 24px; margin-top: 16px; }
.jobstatus dt { color: var(--muted); font-size: 13px; }
.jobstatus dd { font-variant-numeric: tabular-nums; }
.jobstatus .scroll { overflow-x: auto; }
.jobstatus table { width: 100%; border-collapse: collapse; }
.jobstatus th { text-align: left; font-weight: 500; color: var(--muted); font-size: 13px; white-space: nowrap; }
.jobstatus :is(th, td) { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.jobstatus td { font-variant-numeric: tabular-nums; }
.jobstatus td.bars { min-width: 120px; }
.jobstatus .pages { display: flex; gap: 12px; align-items: center; margin-top: 12px; }
.jobstatus button { border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; }
.jobstatus button:disabled { opacity: .5; cursor: default; }
.jobstatus .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@container (max-width: 640px) {
  .jobstatus thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .jobstatus :is(table, tbody, tr, td) { display: block; width: auto; }
  .jobstatus tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
  .jobstatus td { border: 0; padding: 2px 0; }
  .jobstatus td:not(:first-child)::before { content: attr(data-label) " "; color: var(--muted); font-size: 13px; }
  .jobstatus td:empty { display: none; }
}
@media (prefers-reduced-motion: reduce) { .jobstatus .bar > div { transition: none; } }
`;

const ICONS = {
  check: "M20 6 9 17l-5-5",
  cross: "M18 6 6 18M6 6l12 12",
  going: "M12 3a9 9 0 1 0 9 9M12 7v5l3 2",
  waiting: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  warning: "M12 9v4m0 4h.01M10.3 3.9 1.8 18a2 2 0 0 0 1.7 3h17a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0",
  away: "M7 17 17 7M8 7h9v9",
};
const Icon = ({ name }) => h("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 2.5,
  strokeLinecap: "round", strokeLinejoin: "round", "aria-hidden": true }, h("path", { d: ICONS[name] }));

const LOOKS = {
  succeeded: ["check", "good"],
  failed: ["cross", "bad"],
  cancelled: ["cross", "warn"],
  running: ["going", "going"],
  pending: ["waiting", "muted"],
};
const look = (state) => LOOKS[state] ?? LOOKS.pending;

const State = ({ job }) => {
  const [icon, tone] = look(job.state);
  const word = job.status ?? job.state ?? "not seen yet";
  const ours = job.state && word.toLowerCase() !== job.state && OVER.has(job.state) ? ` (${job.state})` : "";
  return h("span", { className: `state ${tone}` }, h(Icon, { name: icon }), word + ours);
};

const Bar = ({ of, name, tone }) => h("div", { className: `bar ${tone} ${of === null ? "unknown" : ""}`, role: "progressbar",
  "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": of === null ? undefined : Math.floor(of * 100),
  "aria-valuetext": percent(of) ?? "unknown" }, of === null ? null : h("div", { style: { width: `${of * 100}%` } }));

const Moment = ({ at, now }) => h("time", { dateTime: new Date(at * 1000).toISOString(), title: absolute(at) }, relative(at, now));

const Away = ({ href, children }) => (href
  ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, children, " ", h(Icon, { name: "away" }),
    h("span", { className: "unseen" }, " (opens the vendor's page)"))
  : children);

const Note = ({ tone, title, children }) => h("div", { className: `note ${tone}` }, h(Icon, { name: "warning" }),
  h("div", null, h("strong", null, title), children));

const Quiet = ({ children }) => h("p", { className: "muted" }, children);

// Takes [name, content] pairs; leaves out what has no content.
const Facts = ({ of }) => h("dl", null, of.filter(([, content]) => content !== null && content !== undefined)
  .map(([name, content]) => h("div", { key: name }, h("dt", null, name), h("dd", null, content))));

const Counters = ({ of }) => (Object.keys(of).length === 0 ? null : h(React.Fragment, null, h("h2", null, "Counters"),
  h(Facts, { of: Object.entries(of).map(([name, value]) => [name, grouped(value)]) })));

const Table = ({ columns, rows, label }) => h("div", { className: "scroll" }, h("table", { "aria-label": label },
  h("thead", null, h("tr", null, columns.map(([name]) => h("th", { key: name, scope: "col" }, name)))),
  h("tbody", null, rows.map((row) => h("tr", { key: row.key }, columns.map(([name, cell]) =>
    h("td", { key: name, "data-label": name, className: name === "Progress" ? "bars" : "" }, cell(row))))))));

const Progress = ({ of, name, tone, live }) => (of === null && !live ? null
  : h(React.Fragment, null, h(Bar, { of, name, tone }), h("span", { className: "small" }, percent(of) ?? "unknown")));

const Failing = ({ job, now }) => h("span", { className: "small" },
  h("span", { className: "state bad" }, h(Icon, { name: "warning" }), `fails for ${duration(now - job.failingSince)}`),
  job.fault ? h("div", { className: "muted" }, job.fault) : null);

// ---- The three views ---------------------------------------------------------------------------------------

const Outage = ({ wait, job, now }) => h(Note, { tone: "bad",
  title: `${wait.vendor}'s API fails: no good answer for ${duration(now - job.failingSince)}, ${plural(job.failures, "poll")} in a row` },
job.fault ? h("div", null, job.fault) : null,
h("div", { className: "muted small" }, job.seenAt === null ? "It has not answered well yet."
  : ["The last good answer came ", h(Moment, { key: "seen", at: job.seenAt, now }), `, ${absolute(job.seenAt)}.`]));

const Stale = ({ wait, now }) => (wait.live && isOldNews(wait, now) ? h(Note, { tone: "warn", title: "This is old" },
  h("div", null, "It was written ", h(Moment, { at: wait.writtenAt, now }), ", and nothing since. Does the triggerer run?")) : null);

const withTime = (at, now) => (at === null ? null : h("span", null, h(Moment, { at, now }), h("div", { className: "muted small" }, absolute(at))));
const briefly = (at, now) => (at === null ? null : h(Moment, { at, now }));

const limits = (wait, now) => (!wait.live ? [] : [
  ["Deadline", wait.deadline === null ? null : h("span", null, h(Moment, { at: wait.deadline, now }),
    h("div", { className: "muted small" }, absolute(wait.deadline), wait.limit ? ` (${wait.limit})` : ""))],
  ["Waiting since", withTime(wait.began, now)],
  ["Connection", wait.connection],
  ["Written", briefly(wait.writtenAt, now)],
]);

function OneJob({ wait, now }) {
  const [job] = wait.jobs;
  const [, tone] = look(job.state);
  const told = records(job);
  const shown = job.progress !== null || (wait.live && !OVER.has(job.state));
  return h(React.Fragment, null,
    h(Stale, { wait, now }),
    job.failures ? h(Outage, { wait, job, now }) : null,
    h("section", { className: "card", "aria-label": "Job" },
      h("div", { className: "head" }, h("strong", null, wait.vendor, " ", h(State, { job })),
        h(Away, { href: job.console }, h("code", null, job.id))),
      h("div", { className: "figure" }, h("b", null, percent(job.progress) ?? (shown ? "Progress unknown" : "")),
        told ? h("span", null, told) : null),
      shown ? h(Bar, { of: job.progress, name: "Progress of the job", tone: job.failures ? "muted" : tone }) : null,
      job.error ? h("div", { className: "note bad", style: { margin: "12px 0 0" } }, h(Icon, { name: "cross" }), h("div", null, job.error)) : null,
      job.message ? h("p", { style: { marginTop: 12 } }, job.message) : null,
      h(Facts, { of: [
        ...(wait.live ? [
          ["Expected end", withTime(job.expectedAt, now) ?? "unknown"],
          ["Last change", withTime(job.movedAt, now)],
          ["Last poll", withTime(job.polledAt, now)],
          ["Next poll", job.nextPoll !== null && job.nextPoll <= now ? "due" : withTime(job.nextPoll, now)],
        ] : [
          ["Started", withTime(job.startedAt, now)],
          ["Ended", withTime(job.completedAt, now)],
          ["Took", job.startedAt === null || job.completedAt === null ? null : duration(job.completedAt - job.startedAt)],
        ]),
        ["Polls", job.polls ? `${grouped(job.polls)}${job.faults ? `, ${grouped(job.faults)} without a good answer` : ""}` : null],
        ...limits(wait, now),
      ] }),
      h(Counters, { of: job.counters })));
}

function ManyJobs({ wait, now }) {
  const hidden = wait.total - wait.jobs.length;
  return h(React.Fragment, null,
    h(Stale, { wait, now }),
    wait.failing ? h(Note, { tone: "bad", title: `${wait.vendor}'s API fails for ${plural(wait.failing, "job")}` },
      h("div", null, wait.jobs[0].fault)) : null,
    h("section", { className: "card", "aria-label": "All jobs" },
      h("div", { className: "head" }, h("strong", null, `${wait.vendor}, ${plural(wait.total, "job")}`)),
      h("div", { className: "figure" }, h("b", null, percent(wait.progress) ?? ""),
        h("span", null, wait.live ? `${grouped(wait.ended)} of ${plural(wait.total, "job")} ended` : "",
          endingsOf(wait) ? `${wait.live ? ": " : ""}${endingsOf(wait)}` : "")),
      wait.live ? h(Bar, { of: wait.progress, name: "Progress of all jobs", tone: "going" }) : null,
      h(Facts, { of: limits(wait, now) }),
      h(Counters, { of: wait.counters })),
    h(Table, { label: "Jobs", rows: wait.jobs.map((job, index) => ({ key: index, job })), columns: [
      ["Job", ({ job }) => h(Away, { href: job.console }, h("code", null, job.id))],
      ["State", ({ job }) => h(State, { job })],
      ["Progress", ({ job }) => h(Progress, { of: job.progress, name: `Progress of ${job.id}`, tone: look(job.state)[1], live: !OVER.has(job.state) })],
      ["Records", ({ job }) => records(job)],
      ...(wait.live ? [["Last change", ({ job }) => briefly(job.movedAt, now)], ["Next poll", ({ job }) => briefly(job.nextPoll, now)]] : []),
      ["Trouble", ({ job }) => (job.failures ? h(Failing, { job, now }) : job.error ?? (job.ending === "succeeded" ? null : job.message))],
    ] }),
    hidden > 0 ? h(Quiet, null, `${plural(hidden, "job")} more ${hidden === 1 ? "is" : "are"} not shown; those with trouble come first.`) : null);
}

const Problem = ({ slot, now }) => (slot.error ? h(Note, { tone: "warn", title: slot.error },
  slot.data ? h("div", null, "Shown is what it said before.") : null) : null);

function JobTab({ dagId, runId, taskId, mapIndex }) {
  const place = { dag_id: dagId, run_id: runId, task_id: taskId, map_index: Number(mapIndex ?? -1) };
  const slot = useLoaded(placeKey(place), () => loadJob(place), (data) => (data?.wait?.live ? SOON : LIST_EVERY));
  const now = useNow();
  const { task, wait } = slot.data ?? {};
  const nothing = slot.data && !wait ? (task && waitsForJob(task) ? "There is no news of a job yet." : "This task waits for no job.") : null;
  return h(React.Fragment, null, h(Problem, { slot, now }), nothing ? h(Quiet, null, nothing) : null,
    slot.data || slot.error ? null : h(Quiet, null, "Loading ..."),
    wait ? h(wait.total > 1 ? ManyJobs : OneJob, { wait, now }) : null);
}

function TaskLink({ place, short }) {
  const index = place.map_index < 0 ? "" : ` [${place.map_index}]`;
  const to = `/dags/${path(place.dag_id)}/runs/${path(place.run_id)}/tasks/${path(place.task_id)}`
    + `${place.map_index < 0 ? "" : `/mapped/${place.map_index}`}/plugin/job`;
  const label = short ? place.task_id + index : `${place.dag_id}.${place.task_id}${index}`;
  const Link = globalThis.ReactRouterDOM?.Link; // from Airflow 3.1.1
  return h(React.Fragment, null, Link ? h(Link, { to }, label) : h("a", { href: base() + to }, label),
    short ? null : h("div", { className: "muted small" }, place.run_id));
}

const worst = (wait) => wait.jobs[0];
const single = (wait) => wait.total === 1 && worst(wait);

const WAIT_COLUMNS = (now, short) => [
  ["Task", ({ place }) => h(TaskLink, { place, short })],
  ["Job", ({ wait }) => h(React.Fragment, null, wait.vendor, " ", single(wait)
    ? h(Away, { href: worst(wait).console }, h("code", null, worst(wait).id)) : plural(wait.total, "job"))],
  ["State", ({ wait }) => (single(wait) ? h(State, { job: worst(wait) })
    : wait.live ? `${grouped(wait.ended)} ended` : endingsOf(wait))],
  ["Progress", ({ wait, place }) => h(Progress, { of: single(wait) ? worst(wait).progress : wait.progress, live: wait.live,
    name: `Progress of ${place.task_id}`, tone: wait.failing ? "muted" : single(wait) ? look(worst(wait).state)[1] : "going" })],
  ["Records", ({ wait }) => (single(wait) ? records(worst(wait)) : null)],
  ["Last change", ({ wait }) => (single(wait) ? briefly(worst(wait).movedAt ?? worst(wait).completedAt, now) : null)],
  ["Deadline", ({ wait }) => (wait.live ? briefly(wait.deadline, now) : null)],
  ["Trouble", ({ wait }) => {
    if (wait.failing && worst(wait)) return h(Failing, { job: worst(wait), now });
    if (wait.live && isOldNews(wait, now)) return h("span", { className: "state warn small" }, h(Icon, { name: "warning" }), `no news for ${duration(now - wait.writtenAt)}`);
    return single(wait) && worst(wait).error ? h("span", { className: "small" }, worst(wait).error) : null;
  }],
];

function Waits({ dag, run, title, empty }) {
  const [page, turn] = React.useState(0);
  const slot = useLoaded([dag, run, page].join("\n"), () => loadWaits(dag, run, page), () => LIST_EVERY);
  const now = useNow();
  const data = slot.data;
  if (!data) return slot.error ? h(Problem, { slot, now }) : h(Quiet, null, "Loading ...");
  const pages = Math.max(Math.ceil(data.rows.length / PER_PAGE), 1);
  const rows = data.rows.slice(page * PER_PAGE, (page + 1) * PER_PAGE).filter((row) => row.wait)
    .map((row) => ({ ...row, key: placeKey(row.place) }));
  return h(React.Fragment, null, h(Problem, { slot, now }),
    h("h1", null, title(data)),
    rows.length ? h(Table, { label: "Waits", rows, columns: WAIT_COLUMNS(now, run !== "~") }) : h(Quiet, null, empty),
    data.unread > 0 ? h(Quiet, null, `The ${grouped(MOST_WAITS)} waits with the latest news are shown; there are ${grouped(data.unread)} more.`) : null,
    pages > 1 ? h("nav", { className: "pages", "aria-label": "Pages" },
      h("button", { type: "button", disabled: page === 0, onClick: () => turn(page - 1) }, "Previous"),
      h("span", null, `Page ${page + 1} of ${pages}`),
      h("button", { type: "button", disabled: page + 1 >= pages, onClick: () => turn(page + 1) }, "Next")) : null);
}

const heading = ({ waiting, failing }) => `${plural(waiting, "wait")} under way${failing ? `, ${grouped(failing)} with a failing API` : ""}`;

const JobsTab = ({ dagId, runId }) => h(Waits, { dag: dagId, run: runId, title: heading, empty: "No task of this run has waited for a job yet." });
const RemoteJobs = () => h(Waits, { dag: "~", run: "~", title: heading, empty: "No task waits for a remote job now." });

// An error of ours must not take Airflow's page down.
class Boundary extends React.Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    return this.state.failed ? h(Quiet, null, "This cannot be shown; the browser's console says why.") : this.props.children;
  }
}

const app = (View) => function JobStatusApp(props) {
  return h("div", { className: "jobstatus" }, h("style", null, STYLE),
    h(Boundary, { key: JSON.stringify([props.dagId, props.runId, props.taskId, props.mapIndex]) }, h(View, props)));
};

globalThis.Job = app(JobTab);
globalThis.Jobs = app(JobsTab);
globalThis["Remote jobs"] = app(RemoteJobs);
