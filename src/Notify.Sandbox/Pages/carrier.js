// The carrier's page. Whatever came in is hostile: it becomes text nodes only, and a mail is shown in a frame without scripts.

const MOST = 200; // entries in a list; the rest is found by searching
const byId = id => document.getElementById(id);
const views = ["start", "handset", "mailbox", "help"];
const seen = new Map(); // address -> count when last looked at
let shown = { address: null, ids: [], mails: [] };
let first = true;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

async function json(path, options) {
  const response = await fetch(path, options);
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(body?.detail ?? `The carrier answered ${response.status}.`);
  return body;
}

// words and times

const isNumber = text => /^\+[1-9]\d{6,14}$/.test(text);
const isAddress = text => /^[^\s@]+@[^\s@]+$/.test(text);
const pretty = number => number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 ($1) $2-$3");
const clock = at => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const dayOf = at => new Date(at).toDateString();
const isToday = at => dayOf(at) === new Date().toDateString();
const when = at => isToday(at) ? clock(at) : new Date(at).toLocaleDateString([], { day: "numeric", month: "short" });
const count = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
const tint = address => "t" + [...address].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 6, 7);
const initials = address => isNumber(address) ? address.slice(-2) : address.slice(0, 2).toUpperCase();

function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+/g)) {
    const url = match[0].replace(/[.,;:!?)\]]+$/, "");
    parts.push(text.slice(end, match.index), make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url));
    end = match.index + url.length;
  }
  return [...parts, text.slice(end)];
}

// left: handsets and mailboxes

function entry(summary, current) {
  const fresh = !current && seen.has(summary.address) ? seen.get(summary.address) < summary.count : !current && !first;
  if (current || first) seen.set(summary.address, summary.count);
  return make("li", {}, make("a",
    { href: "#" + encodeURI(summary.address), class: fresh ? "fresh" : null, "aria-current": current ? "page" : null },
    make("span", { class: "avatar " + tint(summary.address), "aria-hidden": "true" }, initials(summary.address)),
    make("span", { class: "name" }, isNumber(summary.address) ? pretty(summary.address) : summary.address),
    make("span", { class: "preview" }, summary.preview || "(no subject)"),
    make("time", { class: "when", datetime: summary.last }, when(summary.last)),
    fresh ? make("span", { class: "hidden" }, "new") : ""));
}

async function refreshLists() {
  const wanted = byId("find").value.trim();
  const query = `?take=${MOST}&like=${encodeURIComponent(wanted)}`;
  const [handsets, mailboxes] = await Promise.all([json("/handsets" + query), json("/mailboxes" + query)]);
  for (const [id, summaries] of [["handsets", handsets], ["mailboxes", mailboxes]]) {
    byId(id).replaceChildren(...summaries.map(s => entry(s, s.address === shown.address)));
    byId(id + "-count").textContent = summaries.length === MOST ? `${MOST} newest` : summaries.length || "";
    byId(id + "-none").hidden = summaries.length > 0;
  }
  first = false;

  const known = [...handsets, ...mailboxes].some(s => s.address.toLowerCase() === wanted.toLowerCase());
  const open = byId("open");
  open.hidden = known || !(isNumber(wanted) || isAddress(wanted));
  open.href = "#" + encodeURI(wanted);
  open.textContent = `Open ${wanted}`;
  return { handsets, mailboxes };
}

// right: a handset

function bubble(message, several, arrived) {
  const notes = [clock(message.at)];
  if (message.segments > 1) notes.push(count(message.segments, "segment"));
  if (several) notes.push(message.direction === "toReader" ? `from ${message.from}` : `to ${message.to}`);
  return make("div", { class: `said ${message.direction}${arrived ? " arrived" : ""}` },
    make("p", {}, make("span", { class: "hidden" }, message.direction === "toReader" ? "Received: " : "Sent: "), ...linked(message.body)),
    make("small", {}, notes.join(" · ")));
}

async function refreshHandset(number) {
  const messages = await json(`/handsets/${encodeURIComponent(number)}/messages`);
  if (shown.address !== number) return;

  const received = messages.filter(m => m.direction === "toReader");
  const senders = [...new Set(messages.map(m => m.direction === "toReader" ? m.from : m.to))].reverse();
  const log = byId("log");
  const grown = shown.ids.length > 0 && shown.ids.every((id, i) => messages[i]?.id === id);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  if (!grown) {
    log.replaceChildren();
    shown.ids = [];
  }
  let before = messages[shown.ids.length - 1];
  for (const message of messages.slice(shown.ids.length)) {
    if (!before || dayOf(before.at) !== dayOf(message.at)) {
      log.append(make("div", { class: "day" }, isToday(message.at) ? "Today" : new Date(message.at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" })));
    }
    log.append(bubble(message, senders.length > 1, grown));
    before = message;
  }
  if (messages.length > shown.ids.length && (!grown || atEnd)) log.scrollTop = log.scrollHeight;
  shown.ids = messages.map(m => m.id);

  byId("handset-title").textContent = pretty(number);
  byId("handset-about").textContent = messages.length ? "Text message" : "Nothing has been texted to this number yet";
  const avatar = document.querySelector(".phone-head .avatar");
  avatar.textContent = initials(number);
  avatar.className = "avatar " + tint(number);
  byId("fact-received").textContent = received.length;
  byId("fact-segments").textContent = received.reduce((sum, m) => sum + m.segments, 0);
  byId("fact-sent").textContent = messages.length - received.length;

  const select = byId("sender");
  const chosen = select.value;
  select.replaceChildren(make("option", { value: "" }, senders.length ? `whoever texted last` : "the default sender"),
    ...senders.map(s => make("option", { value: s }, s)));
  select.value = senders.includes(chosen) ? chosen : "";
}

async function textBack(body) {
  const number = shown.address;
  const outcome = byId("outcome");
  outcome.className = "outcome";
  outcome.textContent = "Sending…";
  try {
    const to = byId("sender").value;
    const result = await json(`/handsets/${encodeURIComponent(number)}/messages`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(to ? { body, to } : { body }),
    });
    const bad = result.webhookStatus === null || result.webhookStatus >= 300;
    outcome.className = bad ? "outcome bad" : "outcome";
    outcome.textContent = result.webhookStatus === null ? `"${body}" was kept, but the application could not be reached.`
      : bad ? `"${body}" was kept, but the application answered ${result.webhookStatus}.`
      : result.reply === null ? `"${body}" was delivered.` : `"${body}" was delivered and answered.`;
  } catch (error) {
    outcome.className = "outcome bad";
    outcome.textContent = error.message;
  }
  await refresh();
}

// right: a mailbox

async function refreshMailbox(address, wanted) {
  const mails = (await json(`/mailboxes/${encodeURIComponent(address)}/messages`)).reverse();
  if (shown.address !== address) return;

  shown.mails = mails;
  byId("mailbox-title").textContent = address;
  byId("mails-none").hidden = mails.length > 0;
  const current = mails.find(m => m.id === wanted) ?? mails[0];
  byId("mails").replaceChildren(...mails.map(m => make("li", {}, make("a",
    { href: `#${encodeURI(address)}/${m.id}`, "aria-current": m === current ? "true" : null },
    make("span", { class: "name" }, m.subject || "(no subject)"),
    make("span", { class: "preview" }, (m.text ?? "").trim().replace(/\s+/g, " ").slice(0, 120) || m.from),
    make("time", { class: "when", datetime: m.at }, when(m.at))))));
  byId("mail").hidden = !current;
  if (current && shown.mail !== current.id) showMail(address, current);
}

function showMail(address, mail) {
  shown.mail = mail.id;
  byId("subject").textContent = mail.subject || "(no subject)";
  byId("mail-from").textContent = mail.headers.From ?? mail.from;
  byId("mail-to").textContent = mail.to;
  byId("mail-at").textContent = new Date(mail.at).toLocaleString();
  byId("mail-at").dateTime = mail.at;
  const header = name => Object.entries(mail.headers).find(([n]) => n.toLowerCase() === name)?.[1];
  const unsubscribe = byId("unsubscribe");
  unsubscribe.hidden = !header("list-unsubscribe");
  unsubscribe.textContent = header("list-unsubscribe-post") ? "offers one-click unsubscribe" : "offers unsubscribe by header";
  byId("mail-text").replaceChildren(...linked(mail.text ?? "This mail has no text part."));
  byId("mail-raw").textContent = mail.raw;
  byId("mail-headers").replaceChildren(...Object.entries(mail.headers).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...linked(value))]));
  byId("tab-html").hidden = mail.html === null;
  byId("frame").src = mail.html === null ? "about:blank" : `/mailboxes/${encodeURIComponent(address)}/messages/${mail.id}/html`;
  const selected = document.querySelector('.tabs [aria-selected="true"]:not([hidden])');
  select(selected ?? byId(mail.html === null ? "tab-text" : "tab-html"));
}

const tabs = [...document.querySelectorAll('[role="tab"]')];

function select(tab, focus = false) {
  for (const each of tabs) {
    each.setAttribute("aria-selected", each === tab);
    each.tabIndex = each === tab ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = each !== tab;
  }
  if (focus) tab.focus();
}

// the help, and what is armed

async function refreshTrouble() {
  const { blockOnStop, rules } = await json("/faults");
  const armed = [...(blockOnStop ? [{ blockOnStop }] : []), ...rules];
  byId("armed").replaceChildren(...armed.map(rule => make("li", {}, JSON.stringify(rule))));
  byId("armed-none").hidden = armed.length > 0;
  byId("calm").hidden = armed.length === 0;
  byId("trouble").hidden = armed.length === 0;
  byId("trouble").textContent = `${count(armed.length, "fault")} armed`;
}

// moving about

function place() {
  let raw = location.hash.slice(1);
  try {
    raw = decodeURIComponent(raw);
  } catch {
    // as it was typed
  }
  const [, address, mail] = raw.match(/^(.*@[^/]*)(?:\/(.*))?$/) ?? ["", raw];
  return raw === "help" ? { view: "help" } : isNumber(raw) ? { view: "handset", address: raw }
    : isAddress(address) ? { view: "mailbox", address, mail } : { view: "start" };
}

async function refresh() {
  const { view, address = null, mail } = place();
  if (shown.address !== address) {
    shown = { address, ids: [], mails: [] };
    byId("outcome").textContent = "";
  }
  const [lists] = await Promise.all([
    refreshLists(),
    refreshTrouble(),
    view === "handset" ? refreshHandset(address) : view === "mailbox" ? refreshMailbox(address, mail) : null,
  ]);
  if (view === "start") {
    // The first message that comes is shown by itself: whoever waits here waits for it.
    const newest = [...lists.handsets, ...lists.mailboxes].sort((a, b) => b.last.localeCompare(a.last))[0];
    if (newest && !byId("find").value) return location.replace("#" + encodeURI(newest.address));
  }
  for (const each of views) byId(each).hidden = each !== view;
  document.title = address ? `${address} · Local carrier` : "Local carrier";
  if (view === "handset" && shown.ids.length > 0 && byId("log").scrollTop === 0) byId("log").scrollTop = byId("log").scrollHeight;
}

// One look at a time; what changes meanwhile leads to one more.
let looking = null;
let again = false;
function look() {
  if (looking) {
    again = true;
    return looking;
  }
  return looking = refresh().catch(() => byId("live").classList.remove("on")).finally(() => {
    looking = null;
    if (again) {
      again = false;
      look();
    }
  });
}

addEventListener("hashchange", look);
byId("find").addEventListener("input", look);
byId("calm").addEventListener("click", () => json("/faults", { method: "DELETE" }).then(look));
byId("empty").addEventListener("click", () => {
  if (confirm("Empty all handsets and mailboxes?")) {
    json("/messages", { method: "DELETE" }).then(() => { seen.clear(); location.hash = ""; look(); });
  }
});
byId("reply").addEventListener("submit", event => {
  event.preventDefault();
  const body = byId("body").value;
  if (!body) return;
  byId("body").value = "";
  textBack(body);
});
for (const button of document.querySelectorAll("[data-say]")) button.addEventListener("click", () => textBack(button.dataset.say));
for (const tab of tabs) tab.addEventListener("click", () => select(tab));
document.querySelector(".tabs").addEventListener("keydown", event => {
  const visible = tabs.filter(t => !t.hidden);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) select(visible[(visible.indexOf(document.activeElement) + step + visible.length) % visible.length], true);
});
addEventListener("keydown", event => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    byId("find").focus();
  }
});

byId("example").textContent = `curl -d '{ "on": "create", "to": "+1555*", "status": 429, "times": 3 }' ${location.origin}/faults
curl -d '{ "on": "smtp", "command": "RCPT", "to": "gone@example.com", "reply": "550 5.1.1 No such user", "times": 0 }' ${location.origin}/faults
curl -X DELETE ${location.origin}/faults`;

const changes = new EventSource("/changes");
changes.onopen = () => { byId("live").textContent = "live"; byId("live").classList.add("on"); };
changes.onerror = () => { byId("live").textContent = "carrier not running"; byId("live").classList.remove("on"); };
changes.onmessage = look;
look();
