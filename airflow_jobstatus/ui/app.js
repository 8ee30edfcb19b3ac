// The tabs Job and Jobs and the page Remote jobs of Airflow's UI.
//
// Airflow imports this file as a module, with React on globalThis, and takes each component by the name that
// plugin.py gives it. From top to bottom: what Airflow's API says is read into plain objects; words for people;
// requests; small pieces of a page; what is shown of a job and of a wait; the three views.

const React = globalThis.React;
const h = React.createElement;

// ---- What Airflow's API says. XComs come from outside, so each field is checked, here and nowhere else ------

const MOST_JOBS = 50;
const LONGEST_PROMISE = 86_400; // seconds; who says that nothing newer comes for longer is not believed
const LONGEST_TEXT = 500;
const MOST_COUNTERS = 100;
const STATES = ["pending", "running", "succeeded", "failed", "cancelled"];
const OVER = new Set(["succeeded", "failed", "cancelled"]);
const UNDER_WAY = new Set(["deferred", "running", "up_for_reschedule", "scheduled", "queued", "restarting"]);
const OPERATORS = new Set(["JobStatusSensor", "JobStatusOperator", "BulkJobOperator"]);
const FETCHES = "JobResultsOperator"; // it has a connection and a job, and waits for none

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const number = (value) => (Number.isFinite(value) ? value : null);
const count = (value) => number(value) ?? 0;
const share = (value) => (Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : null);
const text = (value) => (typeof value === "string" && value !== "" ? value.slice(0, LONGEST_TEXT) : null);

// A moment that a browser can show, in seconds since the epoch; job dicts have ISO 8601.
function moment(value) {
  const seconds = typeof value === "string" ? Date.parse(value) / 1000 : value;
  return Number.isFinite(seconds) && Math.abs(seconds) < 8e12 ? seconds : null;
}

function counters(value) {
  const pairs = Object.entries(isObject(value) ? value : {}).filter(([, of]) => Number.isFinite(of));
  return Object.fromEntries(pairs.slice(0, MOST_COUNTERS));
}

// A link leads to a web page: javascript: and the like are none.
export const webLink = (value) => (typeof value === "string" && /^https?:\/\//i.test(value) ? value : null);

function readJob(of) {
  const polledAt = moment(of.polled_at);
  const failures = count(of.failures);
  return {
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
    failures,
    fault: text(of.fault),
    failingSince: failures && polledAt !== null ? polledAt - count(of.silent) : null,
    seenAt: moment(of.seen_at),
    movedAt: moment(of.moved_at),
    expectedAt: moment(of.expected_at),
    polledAt,
    nextPoll: moment(of.next_poll),
    startedAt: moment(of.started_at) ?? moment(of.created_at),
    completedAt: moment(of.completed_at),
    ending: text(of.ending),
    message: text(of.message),
  };
}

const hasEnded = (job) => job.ending !== null || OVER.has(job.state);
const isInTrouble = (job) => hasEnded(job) && (job.ending ?? job.state) !== "succeeded";

// Those whose API fails, those that ended in another way than well, those under way, those that succeeded.
export function worstFirst(jobs) {
  const rank = (job) => [job.failures > 0, isInTrouble(job), !hasEnded(job), true].indexOf(true);
  return [...jobs].sort((one, other) => rank(one) - rank(other));
}

// Returns what a wait under way wrote, its XCom job_progress; null for anything else.
export function readProgress(value) {
  if (!isObject(value) || value.version !== 1 || !Array.isArray(value.jobs)) return null;
  const jobs = value.jobs.filter(isObject);
  if (!jobs.length) return null;
  return {
    live: true,
    vendor: text(value.vendor) ?? "?",
    connection: text(value.conn_id),
    began: moment(value.began),
    deadline: moment(value.deadline),
    limit: text(value.limit),
    interval: count(value.interval),
    writtenAt: moment(value.written_at) ?? 0,
    nextWithin: Math.min(count(value.next_within), LONGEST_PROMISE),
    total: Math.max(count(value.total), jobs.length),
    ended: count(value.ended),
    failing: count(value.failing),
    endings: counters(value.endings),
    counters: counters(value.counters),
    progress: share(value.progress),
    jobs: worstFirst(jobs.map(readJob)).slice(0, MOST_JOBS),
  };
}

// Seconds for which something newer has been due: since the next poll, or since the last word if that came later.
function overdue(wait, now) {
  const due = wait.jobs.map((job) => job.nextPoll).filter((at) => at !== null);
  return now - Math.max(wait.writtenAt, due.length ? Math.min(...due) : 0);
}

const patience = (wait) => Math.max(2 * wait.interval, 120);

// Whether the wait may have ended without a word; one of a crowd may merely not have had its turn.
export const mayBeOver = (wait, now) => overdue(wait, now) > patience(wait);

// Whether it is overdue by more than twice the time in which the writer promised its next turn.
export const isOldNews = (wait, now) => overdue(wait, now) > Math.max(patience(wait), 2 * wait.nextWithin);

const isJob = (value) => isObject(value) && STATES.includes(value.state) && isObject(value.counters)
  && ["vendor", "id", "status"].every((name) => typeof value[name] === "string");

// Returns what a task returned, its job or its jobs, with null for one never seen; null for what is no job.
export function readResult(value) {
  const list = Array.isArray(value) ? value : [value];
  const seen = list.filter(isJob);
  if (!seen.length || list.some((one) => one !== null && !isJob(one))) return null;
  const endings = Object.create(null); // whatever a counter is called
  const sums = Object.create(null);
  const add = (to, name, of) => {
    to[name] = (to[name] ?? 0) + of;
  };
  for (const one of list) add(endings, one?.state ?? "never seen", 1);
  for (const one of seen) for (const [name, of] of Object.entries(counters(one.counters))) add(sums, name, of);
  return {
    live: false,
    vendor: text(seen[0].vendor),
    total: list.length,
    ended: seen.filter((one) => OVER.has(one.state)).length,
    failing: 0,
    endings,
    counters: sums,
    progress: null,
    jobs: worstFirst(seen.map(readJob)).slice(0, MOST_JOBS),
  };
}

// Airflow returns an XCom as it lies in its database: as JSON, or as the text of it.
function xcomValue(entry) {
  if (typeof entry?.value !== "string") return entry?.value;
  try {
    return JSON.parse(entry.value);
  } catch {
    return null;
  }
}

function waitsForJob(task) {
  const rendered = task.rendered_fields ?? {};
  return OPERATORS.has(task.operator) || (task.operator !== FETCHES && "conn_id" in rendered && "job_id" in rendered);
}

// ---- Words for people --------------------------------------------------------------------------------------

const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];

// Seconds as "5 min 12 s"; from ten of a unit on, without the smaller one.
export function duration(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  const at = UNITS.findIndex(([, size]) => whole >= size);
  if (at < 0) return "0 s";
  const [unit, size] = UNITS[at];
  const [smaller, part] = UNITS[at + 1] ?? ["", Infinity];
  const rest = whole < 10 * size ? Math.floor((whole % size) / part) : 0;
  return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
}

export function relative(at, now) {
  if (Math.abs(at - now) < 1) return "now";
  return at < now ? `${duration(now - at)} ago` : `in ${duration(at - now)}`;
}

// The time zone that is chosen in Airflow's UI; the browser's where none is.
function timeZone() {
  try {
    const chosen = JSON.parse(localStorage.getItem("timezone")) ?? undefined;
    return new Intl.DateTimeFormat("en", { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

// A moment in the form that Airflow's UI uses, which is also Sweden's.
const formatted = (at, options) =>
  new Date(at * 1000).toLocaleString("sv-SE", { timeZone: timeZone(), ...options });
const absolute = (at) => formatted(at, { timeZoneName: "short" });
const clock = (at, now) => {
  const [day, time] = formatted(at).split(" ");
  return day === formatted(now).split(" ")[0] ? time : `${day} ${time}`;
};

const grouped = (value) => value.toLocaleString("en-US");
const plural = (value, words) => `${grouped(value)} ${words}${value === 1 ? "" : "s"}`;

// Rounded down, so that only what is done is at 100 %; 0.29 * 100 is a little less than 29.
const hundredths = (of) => Math.floor(of * 100 + 1e-9);
export const percent = (of) => (of === null ? "unknown" : `${hundredths(of)} %`);

export function records({ processed, total, failed }) {
  const parts = [];
  if (processed !== null && total !== null) parts.push(`${grouped(processed)} of ${plural(total, "record")}`);
  else if (processed !== null) parts.push(plural(processed, "record"));
  if (failed) parts.push(`${grouped(failed)} failed`);
  return parts.join(", ");
}

const endingsOf = (wait) => Object.entries(wait.endings).filter(([, of]) => of)
  .map(([name, of]) => `${grouped(of)} ${name.replaceAll("_", " ")}`).join(", ");

// ---- Requests ----------------------------------------------------------------------------------------------

const SOON = 4_000; // milliseconds between two requests for one wait
const LIST_EVERY = 10_000; // for all waits
const SELDOM = 60_000; // for what nobody looks at
const AT_ONCE = 4; // a browser makes six requests at once, and Airflow's own page needs some
const PER_PAGE = 25;
const MOST_WAITS = 500;

const base = () => new URL(document.baseURI).pathname.replace(/\/$/, ""); // the prefix of [api] base_url
const path = encodeURIComponent;
const runUrl = (place) => `dags/${path(place.dag_id)}/dagRuns/${path(place.run_id)}/taskInstances`;
const taskUrl = (place) => `${runUrl(place)}/${path(place.task_id)}`;
const stateUrl = (place) => taskUrl(place) + (place.map_index < 0 ? "" : `/${place.map_index}`);
const xcomUrl = (place, key) => `${taskUrl(place)}/xcomEntries/${key}?map_index=${place.map_index}`;
const placeKey = (place) => [place.dag_id, place.run_id, place.task_id, place.map_index].join("\n");

class RequestError extends Error {
  constructor(status) {
    super(status === 401 || status === 403
      ? `You may not see this (HTTP ${status}): it takes the right to read task instances and XComs.`
      : `Airflow's API answers with HTTP ${status}.`);
  }
}

let ahead = 0; // milliseconds by which the server's clock is ahead of the browser's
const serverTime = () => (Date.now() + ahead) / 1000;

// Returns what Airflow's API says, null where there is no such thing.
async function get(url) {
  const token = localStorage.getItem("token"); // Airflow 3.1.0 has it there, later ones in a cookie
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${base()}/api/v2/${url}`, { headers });
  const skew = Date.parse(answer.headers.get("date")) - Date.now();
  if (Math.abs(skew - ahead) > 2_000) ahead = skew;
  if (answer.status === 404) return null;
  if (!answer.ok) throw new RequestError(answer.status);
  return answer.json();
}

const versions = new Map();

// As get, but once for each version of the thing.
async function getOnce(url, version) {
  if (versions.get(url)?.version !== version) {
    if (versions.size > 2 * MOST_WAITS) versions.clear();
    versions.set(url, { version, value: await get(url) });
  }
  return versions.get(url)?.value;
}

// Returns the first entries of a collection, and how many there are.
async function getAll(url, name) {
  const found = [];
  let total = 0;
  do {
    const page = await get(`${url}limit=100&offset=${found.length}`);
    if (!page?.[name].length) break;
    found.push(...page[name]);
    total = page.total_entries;
  } while (found.length < Math.min(total, MOST_WAITS));
  return [found, Math.max(total, found.length)];
}

async function forEach(items, act) {
  const left = [...items];
  const work = async () => {
    while (left.length) await act(left.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

// Returns a wait that was ended from outside, as it was left: nobody knows whether its API still fails.
const asLeft = (wait) => ({
  ...wait, live: false, failing: 0, jobs: wait.jobs.map((job) => ({ ...job, failures: 0, failingSince: null })),
});

// Returns the task instance and its wait; each is null where there is none.
async function loadJob(place) {
  const task = await get(stateUrl(place));
  if (task === null) return { task, wait: null };
  const progress = async () => readProgress(xcomValue(await get(xcomUrl(place, "job_progress"))));
  if (UNDER_WAY.has(task.state)) return { task, wait: await progress() };
  const result = readResult(xcomValue(await get(xcomUrl(place, "return_value"))));
  if (result?.total === 1) {
    const links = await get(`${taskUrl(place)}/links?map_index=${place.map_index}`).catch(() => null);
    result.jobs[0].console = webLink(links?.extra_links?.["Open the job"]);
  }
  if (result || !waitsForJob(task)) return { task, wait: result };
  const last = await progress(); // what it wrote last, where it was ended from outside
  return { task, wait: last && asLeft(last) };
}

// Returns the waits of all runs that are under way, failing APIs first; of one run, then also those that ended.
export async function loadWaits(dag, run, wantedPage) {
  const scope = { dag_id: dag, run_id: run };
  const entriesUrl = `${runUrl(scope)}/~/xcomEntries?xcom_key=job_progress&order_by=-timestamp&`;
  const [entries, total] = await getAll(entriesUrl, "xcom_entries");
  const waiting = [];
  await forEach(entries, async (place) => {
    const wait = readProgress(xcomValue(await getOnce(xcomUrl(place, "job_progress"), place.timestamp)));
    if (wait) waiting.push({ place, wait });
  });
  waiting.sort((one, other) => Math.sign(other.wait.failing) - Math.sign(one.wait.failing)
    || one.wait.began - other.wait.began || (placeKey(one.place) < placeKey(other.place) ? -1 : 1));
  const finished = run === "~" ? [] : await loadEnded(scope);
  const over = new Set(finished.map(({ place }) => placeKey(place)));
  let rows, page, known;
  do {
    known = over.size;
    rows = [...waiting.filter(({ place }) => !over.has(placeKey(place))), ...finished];
    page = Math.max(Math.min(wantedPage, Math.ceil(rows.length / PER_PAGE) - 1), 0);
    const now = serverTime();
    const isDoubtful = (wait, at) => isOldNews(wait, now) || (isOnPage(at, page) && mayBeOver(wait, now));
    const doubtful = rows.filter(({ task, wait }, at) => !task && isDoubtful(wait, at));
    await forEach(doubtful, async ({ place }) => {
      if (await isOver(place)) over.add(placeKey(place));
    });
  } while (over.size > known);
  const last = new Map(waiting.map(({ place, wait }) => [placeKey(place), asLeft(wait)]));
  await forEach(onPage(rows, page).filter(({ task }) => task), async (row) => {
    const version = `${row.task.try_number} ${row.task.end_date}`;
    const result = readResult(xcomValue(await getOnce(xcomUrl(row.place, "return_value"), version)));
    row.wait = result ?? last.get(placeKey(row.place)) ?? null; // what it wrote last, where it was ended from outside
  });
  const failing = rows.filter(({ task, wait }) => !task && wait.failing).length;
  return {
    rows, page, failing, waiting: rows.length - finished.length, ended: finished.length, unread: total - entries.length,
  };
}

const isOnPage = (at, page) => Math.floor(at / PER_PAGE) === page;
const onPage = (rows, page) => rows.filter((_, at) => isOnPage(at, page));

// A wait may have ended without a last word, as when somebody marked its task as failed.
async function isOver(place) {
  const task = await getOnce(stateUrl(place), `${place.timestamp} ${Math.floor(Date.now() / SELDOM)}`);
  return task === null || !UNDER_WAY.has(task.state);
}

async function loadEnded(scope) {
  const [tasks] = await getAll(`${runUrl(scope)}?`, "task_instances");
  return tasks
    .filter((task) => task.end_date && !UNDER_WAY.has(task.state) && waitsForJob(task))
    .map((task) => ({ task, place: { ...scope, task_id: task.task_id, map_index: task.map_index } }))
    .sort((one, other) => (other.task.state === "failed") - (one.task.state === "failed"));
}

// What was loaded, by what it is of: Airflow 3.1.0 makes our components anew whenever it draws their page.
const slots = new Map();

function slotOf(key) {
  if (!slots.has(key)) {
    if (slots.size > 100) slots.clear();
    slots.set(key, { at: 0 });
  }
  return slots.get(key);
}

async function refresh(slot, load) {
  try {
    slot.data = await load(slot);
    slot.error = null;
  } catch (error) {
    if (!(error instanceof RequestError)) console.error(error);
    slot.error = error instanceof RequestError ? error.message : "Airflow does not answer.";
  }
  slot.at = Date.now();
  slot.loading = null;
}

// Loads something now and again; `every` says after how many milliseconds. Returns its slot.
function useLoaded(key, load, every) {
  const [, draw] = React.useReducer((drawn) => drawn + 1, 0);
  const slot = slotOf(key);
  React.useEffect(() => {
    let timer = null;
    let isShown = true;
    const run = async () => {
      slot.loading ??= refresh(slot, load);
      await slot.loading;
      if (isShown) {
        draw();
        plan();
      }
    };
    const plan = () => {
      clearTimeout(timer);
      const pause = document.hidden ? SELDOM : every(slot.data);
      timer = setTimeout(run, Math.max(slot.at + pause - Date.now(), 0));
    };
    slot.reload = async () => {
      await slot.loading;
      slot.at = 0;
      plan();
    };
    plan();
    document.addEventListener("visibilitychange", plan);
    return () => {
      isShown = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", plan);
    };
  }, [key]);
  return slot;
}

// Draws a component each second, and returns the server's time in seconds since the epoch.
function useNow() {
  const [, tick] = React.useReducer((ticks) => ticks + 1, 0);
  React.useEffect(() => {
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);
  return serverTime();
}

// ---- Small components --------------------------------------------------------------------------------------

const STYLE = `
.jobstatus {
  --muted: var(--chakra-colors-fg-muted, #71717a); --line: var(--chakra-colors-border, #8884);
  --soft: var(--chakra-colors-bg-muted, #8882); --link: var(--chakra-colors-fg-info, #2563eb);
  --bad: var(--chakra-colors-fg-error, #dc2626); --good: var(--chakra-colors-fg-success, #15803d);
  --warn: var(--chakra-colors-fg-warning, #b45309);
  container-type: inline-size; padding: 12px; font-size: 14px; line-height: 1.5; overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums;
}
.jobstatus a { color: var(--link); }
.jobstatus a:hover { text-decoration: underline; }
.jobstatus :is(a, button):focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.jobstatus svg { display: inline-block; width: 1em; height: 1em; flex: none; vertical-align: -.125em; }
.jobstatus code { font-family: var(--chakra-fonts-mono, monospace); font-size: 13px; }
.jobstatus small, .jobstatus dt, .jobstatus th { font-size: 13px; }
.jobstatus small { display: block; }
.jobstatus .muted, .jobstatus dt, .jobstatus th, .jobstatus small { color: var(--muted); }
.jobstatus .good { color: var(--good); }
.jobstatus .bad { color: var(--bad); }
.jobstatus .warn { color: var(--warn); }
.jobstatus .going { color: var(--link); }
.jobstatus h2 { font-size: 18px; font-weight: 600; margin-bottom: 8px; }
.jobstatus h3 { font-weight: 600; margin: 20px 0 8px; }
.jobstatus .row { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
.jobstatus .apart { justify-content: space-between; }
.jobstatus .state { font-weight: 500; }
.jobstatus .state > svg { margin-right: 6px; }
.jobstatus .vendor { font-size: 16px; font-weight: 600; }
.jobstatus .figure { font-size: 28px; font-weight: 600; }
.jobstatus .card { border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin-bottom: 12px; }
.jobstatus .bar { height: 10px; border-radius: 5px; border: 1px solid var(--line); background: var(--soft);
  overflow: hidden; flex: 1; min-width: 64px; }
.jobstatus .bar > div { height: 100%; background: currentColor; transition: width .5s; }
.jobstatus .bar.unknown {
  background: repeating-linear-gradient(-45deg, var(--soft) 0 8px, transparent 8px 16px);
}
.jobstatus .note { display: flex; gap: 10px; border: 1px solid; border-left-width: 4px; border-radius: 6px;
  padding: 10px 12px; margin: 12px 0; }
.jobstatus > style + .note { margin-top: 0; }
.jobstatus .note > svg { margin-top: .25em; }
.jobstatus .note > div { color: var(--chakra-colors-fg, inherit); }
.jobstatus .note b { font-weight: 600; }
.jobstatus dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px 24px; }
.jobstatus .card > .bar { margin-top: 6px; }
.jobstatus .card > :is(.bar, p) + dl { margin-top: 16px; }
.jobstatus table { width: 100%; border-collapse: collapse; margin-bottom: 12px; }
.jobstatus th { text-align: left; font-weight: 500; white-space: nowrap; border-bottom: 1px solid var(--line); }
.jobstatus :is(th, td) { padding: 8px 16px 8px 0; vertical-align: baseline; }
.jobstatus tbody tr:not(.told) { border-bottom: 1px solid var(--line); }
.jobstatus .more > td { padding-top: 0; }
.jobstatus td .row { flex-wrap: nowrap; align-items: center; }
.jobstatus td .row > .muted { min-width: 3em; text-align: right; white-space: nowrap; }
.jobstatus td :is(time, .whole) { white-space: nowrap; }
.jobstatus button { border: 1px solid var(--line); border-radius: 6px; padding: 4px 12px; }
.jobstatus button:disabled { opacity: .5; cursor: default; }
.jobstatus .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@container (max-width: 640px) {
  .jobstatus thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .jobstatus :is(table, tbody, tr, td) { display: block; }
  .jobstatus tr { padding: 8px 0; }
  .jobstatus tr.more { padding-top: 0; }
  .jobstatus td { padding: 2px 0; }
  .jobstatus td[data-label]:not(:first-child) { display: grid; grid-template-columns: 8em 1fr; }
  .jobstatus td[data-label]:not(:first-child)::before { content: attr(data-label); color: var(--muted); }
  .jobstatus td[data-label]:not(:first-child) > * { grid-column: 2; }
  .jobstatus td[data-label]:empty { display: none; }
}
@media (prefers-reduced-motion: reduce) { .jobstatus .bar > div { transition: none; } }
`;

// Lucide's icons, as Airflow's own.
const ICONS = {
  check: "M20 6 9 17l-5-5",
  cross: "M18 6 6 18M6 6l12 12",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  going: "M21 12a9 9 0 1 1-6.2-8.56",
  warning: "M12 9v4m0 4h.01M10.3 3.9 1.8 18a2 2 0 0 0 1.7 3h17a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0",
  away: "M7 17 17 7M8 7h9v9",
};
const LOOKS = {
  succeeded: { icon: "check", tone: "good" },
  failed: { icon: "cross", tone: "bad" },
  cancelled: { icon: "cross", tone: "warn" },
  running: { icon: "going", tone: "going" },
  pending: { icon: "clock", tone: "muted" },
};
const look = (job) => LOOKS[job.state ?? "pending"];

const box = (className, ...children) => h("div", { className }, ...children);
const group = (...children) => h(React.Fragment, null, ...children);

const icon = (name) => h("svg", {
  viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 2.5, strokeLinecap: "round",
  strokeLinejoin: "round", "aria-hidden": true,
}, h("path", { d: ICONS[name] }));

const sign = (name, tone, words) => h("span", { className: `state ${tone}` }, icon(name), words);

const quiet = (words) => h("p", { className: "muted" }, words);

const note = (tone, name, ...children) => box(`note ${tone}`, icon(name), h("div", null, ...children));

// "in 5 min", and the moment itself where a mouse asks for it.
const when = (at, now) => (at === null ? null
  : h("time", { dateTime: new Date(at * 1000).toISOString(), title: absolute(at) }, relative(at, now)));

// The same with the moment below it.
const whenExactly = (at, now, more = "") => (at === null ? null
  : group(when(at, now), h("small", null, clock(at, now), more)));

// A vendor's page, where there is one.
const away = (href, words) => (href === null ? words
  : h("a", { href, target: "_blank", rel: "noopener noreferrer" }, words, "\u00a0", icon("away"),
    h("span", { className: "unseen" }, " at the vendor, in a new tab")));

// A bar that does not know how far it is shows stripes, not 0 %.
const bar = (of, name, tone) => h("div", {
  className: of === null ? "bar unknown" : `bar ${tone}`, role: "progressbar", "aria-label": name,
  "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": of === null ? undefined : hundredths(of),
  "aria-valuetext": percent(of),
}, of === null ? null : h("div", { style: { width: `${of * 100}%` } }));

// Pairs of a name and what to show; what is null is left out.
function facts(pairs) {
  const known = pairs.filter(([, shown]) => shown !== null);
  const one = ([name, shown]) => h("div", { key: name }, h("dt", null, name), h("dd", null, shown));
  return known.length === 0 ? null : h("dl", null, ...known.map(one));
}

const counted = (of) => (Object.keys(of).length === 0 ? null
  : group(h("h3", null, "Counters"),
    facts(Object.entries(of).map(([name, value]) => [name, grouped(value)]))));

// Columns are pairs of a name and what shows a row; what `more` shows gets a line of its own below the row.
function table(label, columns, rows, more) {
  const lines = rows.flatMap((row) => {
    const below = more(row);
    const wide = { colSpan: columns.length };
    const cells = columns.map(([name, cell]) => h("td", { key: name, "data-label": name }, cell(row)));
    return [
      h("tr", { key: row.key, className: below ? "told" : "" }, ...cells),
      below && h("tr", { key: `${row.key} more`, className: "more" }, h("td", wide, below)),
    ];
  });
  const heads = columns.map(([name]) => h("th", { key: name, scope: "col" }, name));
  return h("table", { "aria-label": label },
    h("thead", null, h("tr", null, ...heads)), h("tbody", null, ...lines));
}

// ---- What is shown of a job and of a wait -------------------------------------------------------------------

function stateOf(job) {
  const word = job.status ?? job.state ?? "not seen yet";
  const isOurs = !OVER.has(job.state) || word.toLowerCase() === job.state;
  return sign(look(job).icon, look(job).tone, isOurs ? word : `${word} (${job.state})`);
}

const toneOf = (job) => (job.failures ? "muted" : look(job).tone);

const progressOf = (of, name, tone) =>
  box("row", bar(of, name, tone), h("span", { className: "muted" }, percent(of)));

function recordsOf({ processed, total, failed }) {
  if (processed === null) return null;
  const done = total === null ? grouped(processed) : `${grouped(processed)} / ${grouped(total)}`;
  return group(h("span", { className: "whole" }, done),
    failed ? h("small", null, `${grouped(failed)} failed`) : null);
}

function troubleOf(job, now) {
  if (job.failures) {
    const since = job.failingSince === null ? "" : ` for ${duration(now - job.failingSince)}`;
    return group(sign("warning", "bad", `The API has failed${since}`), job.fault ? `: ${job.fault}` : "");
  }
  const words = job.error ?? (job.ending === "succeeded" ? null : job.message);
  return words && group(icon("cross"), " ", words);
}

const age = (wait, now) => (!wait.live || !isOldNews(wait, now) ? null
  : note("warn", "warning", h("b", null, "This is old"),
    h("div", null, "It was written ", when(wait.writtenAt, now),
      ", and nothing since. Is the triggerer, or the worker, still running?")));

const limitsOf = (wait, now) => (!wait.live ? [] : [
  ["Deadline", whenExactly(wait.deadline, now, wait.limit ? ` (${wait.limit})` : "")],
  ["Waiting since", whenExactly(wait.began, now)],
  ["Connection", wait.connection],
  ["Written", when(wait.writtenAt, now)],
]);

const pollsOf = (job) => (job.polls === 0 ? null : group(grouped(job.polls),
  job.faults ? h("small", null, `${grouped(job.faults)} without a good answer`) : null));

const timesOf = (job, isLive, now) => (isLive ? [
  ["Expected end", whenExactly(job.expectedAt, now) ?? "unknown"],
  ["Last change", whenExactly(job.movedAt, now)],
  ["Last poll", whenExactly(job.polledAt, now)],
  ["Next poll", job.nextPoll !== null && job.nextPoll <= now ? "due" : whenExactly(job.nextPoll, now)],
  ["Polls", pollsOf(job)],
] : [
  ["Started", whenExactly(job.startedAt, now)],
  ["Ended", whenExactly(job.completedAt, now)],
  ["Took", job.startedAt && job.completedAt ? duration(job.completedAt - job.startedAt) : null],
]);

// What the vendor's API says instead of an answer, and since when.
function outage(wait, now) {
  if (!wait.failing) return null;
  const [job] = wait.jobs;
  const since = Math.min(...wait.jobs.map((one) => one.failingSince ?? Infinity));
  const length = since < Infinity ? ` for ${duration(now - since)}` : "";
  const extent = wait.total > 1 ? plural(wait.failing, "job") : `${plural(job.failures, "poll")} in a row`;
  const before = job.seenAt === null ? null
    : h("small", null, "The last good answer came ", when(job.seenAt, now), `, at ${clock(job.seenAt, now)}.`);
  const title = `${wait.vendor}'s API has failed${length} (${extent})`;
  return note("bad", "warning", h("b", null, title), h("div", null, job.fault), before);
}

// How the wait for a job ended, in the vendor's words or in ours.
function conclusion(job) {
  const words = job.error ?? job.message;
  const isWell = job.ending === "succeeded";
  return words && note(isWell ? "good" : "bad", isWell ? "check" : "cross", words);
}

function oneJob(wait, now) {
  const [job] = wait.jobs;
  const knowsProgress = job.progress !== null;
  return group(age(wait, now), outage(wait, now), h("section", { className: "card", "aria-label": "Job" },
    box("row apart", box("row", h("span", { className: "vendor" }, wait.vendor), stateOf(job)),
      away(job.console, h("code", null, job.id))),
    knowsProgress || (wait.live && !hasEnded(job)) ? group(
      box("row", h("span", { className: knowsProgress ? "figure" : "muted" },
        knowsProgress ? percent(job.progress) : "Progress unknown"), records(job)),
      bar(job.progress, "Progress of the job", toneOf(job))) : h("p", null, records(job)),
    conclusion(job),
    facts([...timesOf(job, wait.live, now), ...limitsOf(wait, now)]),
    counted(job.counters)));
}

function manyJobs(wait, now) {
  const columns = [
    ["Job", ({ job }) => away(job.console, h("code", null, job.id))],
    ["State", ({ job }) => stateOf(job)],
    ["Progress", ({ job }) => (job.progress === null && hasEnded(job) ? null
      : progressOf(job.progress, `Progress of ${job.id}`, toneOf(job)))],
    ["Records", ({ job }) => recordsOf(job)],
    ...(wait.live ? [
      ["Last change", ({ job }) => when(job.movedAt, now)],
      ["Next poll", ({ job }) => when(job.nextPoll, now)],
    ] : []),
  ];
  const hidden = wait.total - wait.jobs.length;
  const ended = [`${grouped(wait.ended)} of ${plural(wait.total, "job")} ended`, endingsOf(wait)];
  const summary = !wait.live ? h("p", null, endingsOf(wait)) : group(
    box("row", h("span", { className: "figure" }, percent(wait.progress)), ended.filter(Boolean).join(": ")),
    bar(wait.progress, "Progress of all jobs", wait.failing ? "muted" : "going"));
  return group(age(wait, now), outage(wait, now), h("section", { className: "card", "aria-label": "All jobs" },
    h("span", { className: "vendor" }, `${wait.vendor}, ${plural(wait.total, "job")}`), summary,
    facts(limitsOf(wait, now)), counted(wait.counters)),
  table("Jobs", columns, wait.jobs.map((job, key) => ({ key, job })), ({ job }) => troubleOf(job, now)),
  hidden > 0 ? quiet(`${plural(hidden, "more job")} not shown; those in trouble come first.`) : null);
}

// ---- The three views ----------------------------------------------------------------------------------------

const problem = (slot) => (slot.error ? note("warn", "warning", h("b", null, slot.error),
  slot.data ? h("div", null, "Below is what was known before.") : null) : null);

function nothingOf(task) {
  if (task === null) return "Choose a task instance to see its job.";
  if (!waitsForJob(task)) return "This task waits for no job.";
  return UNDER_WAY.has(task.state) ? "There is no news of a job yet." : "This task has left no job to show.";
}

function JobTab({ dagId, runId, taskId, mapIndex }) {
  const place = { dag_id: dagId, run_id: runId, task_id: taskId, map_index: Number(mapIndex ?? -1) };
  const every = (data) => (data?.task && !UNDER_WAY.has(data.task.state) ? 5 * SOON : SOON);
  const slot = useLoaded(placeKey(place), () => loadJob(place), every);
  const now = useNow();
  if (!slot.data) return problem(slot) ?? quiet("Loading ...");
  const { task, wait } = slot.data;
  return group(problem(slot),
    wait === null ? quiet(nothingOf(task)) : (wait.total > 1 ? manyJobs : oneJob)(wait, now),
    h("p", { className: "unseen", role: "status" }, wait?.failing ? `${wait.vendor}'s API fails` : ""));
}

function taskLink(place, isOfOneRun) {
  const index = place.map_index < 0 ? "" : ` [${place.map_index}]`;
  const mapped = place.map_index < 0 ? "" : `/mapped/${place.map_index}`;
  const to = `/dags/${path(place.dag_id)}/runs/${path(place.run_id)}/tasks/${path(place.task_id)}${mapped}`
    + "/plugin/job";
  const words = isOfOneRun ? place.task_id + index : `${place.dag_id}.${place.task_id}${index}`;
  const Link = globalThis.ReactRouterDOM?.Link; // from Airflow 3.1.1 on
  return group(Link ? h(Link, { to }, words) : h("a", { href: base() + to }, words),
    isOfOneRun ? null : h("small", null, place.run_id));
}

// Of a wait for one job, that job; of many, null.
const only = (wait) => (wait.total === 1 ? wait.jobs[0] : null);

const waitColumns = (isOfOneRun, now) => [
  ["Task", ({ place }) => taskLink(place, isOfOneRun)],
  ["Job", ({ wait }) => group(
    only(wait) ? away(only(wait).console, h("code", null, only(wait).id)) : plural(wait.total, "job"),
    h("small", null, wait.vendor))],
  ["State", ({ wait }) => (only(wait) ? stateOf(only(wait))
    : wait.live ? `${grouped(wait.ended)} ended` : endingsOf(wait))],
  ["Progress", ({ wait, place }) => {
    const { progress } = only(wait) ?? wait;
    const tone = only(wait) ? toneOf(only(wait)) : wait.failing ? "muted" : "going";
    return progress === null && !wait.live ? null : progressOf(progress, `Progress of ${place.task_id}`, tone);
  }],
  ["Records", ({ wait }) => only(wait) && recordsOf(only(wait))],
  ["Last change", ({ wait }) => only(wait) && when(only(wait).movedAt ?? only(wait).completedAt, now)],
  ["Deadline", ({ wait }) => (wait.live ? when(wait.deadline, now) : null)],
];

function troubleOfWait(wait, now) {
  if (wait.live && isOldNews(wait, now))
    return sign("warning", "warn", `No news for ${duration(now - wait.writtenAt)}`);
  return wait.failing || only(wait) ? troubleOf(wait.jobs[0], now) : null;
}

function heading({ waiting, failing, ended }) {
  const parts = [`${plural(waiting, "wait")} under way`];
  if (failing) parts.push(`${grouped(failing)} with a failing API`);
  if (ended) parts.push(`${grouped(ended)} ended`);
  return parts.join(", ");
}

function waitsOf(dag, run, empty) {
  const slot = useLoaded(`${dag}\n${run}`, (kept) => loadWaits(dag, run, kept.page ?? 0), () => LIST_EVERY);
  const now = useNow();
  if (!slot.data) return problem(slot) ?? quiet("Loading ...");
  const { rows, page, unread } = slot.data;
  const last = Math.ceil(rows.length / PER_PAGE) - 1;
  const turn = (by) => () => {
    slot.page = page + by;
    slot.reload();
  };
  const shown = onPage(rows, page).filter((row) => row.wait)
    .map((row) => ({ ...row, key: placeKey(row.place) }));
  if (shown.length === 0) return group(problem(slot), quiet(empty));
  return group(problem(slot), h("h2", null, heading(slot.data)),
    table("Waits", waitColumns(run !== "~", now), shown, ({ wait }) => troubleOfWait(wait, now)),
    unread > 0 ? quiet(`${grouped(unread)} more are not shown; those with the latest news are.`) : null,
    last > 0 ? h("nav", { className: "row", "aria-label": "Pages" },
      h("button", { type: "button", disabled: page <= 0, onClick: turn(-1) }, "Previous"),
      h("span", null, `Page ${page + 1} of ${last + 1}`),
      h("button", { type: "button", disabled: page >= last, onClick: turn(1) }, "Next")) : null);
}

const JobsTab = ({ dagId, runId }) => waitsOf(dagId, runId, "No task of this run waits or waited for a job.");
const RemoteJobs = () => waitsOf("~", "~", "No task waits for a job.");

// An error in here must not take Airflow's page down.
class Boundary extends React.Component {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    if (this.state.failed) return quiet("This cannot be shown; the browser's console says why.");
    return this.props.children;
  }
}

const app = (View) => function JobStatus(props) {
  const key = JSON.stringify([props.dagId, props.runId, props.taskId, props.mapIndex]);
  return box("jobstatus", h("style", null, STYLE), h(Boundary, { key }, h(View, props)));
};

globalThis.Job = app(JobTab);
globalThis.Jobs = app(JobsTab);
globalThis["Remote jobs"] = app(RemoteJobs);
