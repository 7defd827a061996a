// The audit log, for owners: who did what and when, of all or of one person or action, page by page.
import { ago, momentOf } from "../../web/static/dates.js"
import { Problem } from "../../web/static/form-fields.js"
import { get } from "../../web/static/http.js"
import { html, workspace } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { Avatar } from "./avatar.js"

/** @typedef {import("../../web/static/types").Person} Person */
/** @typedef {{ seq: number, author: number, at: number, action: string, subject?: number }} Record_ with what else is noted of an action */

const ACTIONS = ["signed_in", "sign_in_failed", "signed_out", "password_changed", "password_reset", "reset_link", "set_up", "joined", "accepted", "invited", "invite_revoked", "claim_link",
  "role_changed", "banned", "unbanned", "group_created", "group_changed", "group_deleted", "token_created", "token_revoked", "assistant_request", "bot_created", "bot_revoked",
  "hook_created", "hook_changed", "hook_revoked", "outgoing_created", "outgoing_changed", "outgoing_revoked", "settings_changed", "backup_downloaded", "topic_created", "topic_changed", "topic_deleted",
  "oncall_changed", "oncall_deleted", "oncall_taken_over"]
const SHOWN = new Set(["seq", "author", "at", "action", "subject"])

/** What was done, also an action of a slice that this page does not know. @param {string} action @param {string} name */
const done = (action, name) => (ACTIONS.includes(action) ? t(`people.audit.did.${action}`, { name }) : `${action.replaceAll("_", " ")} ${name}`)

/** What else is noted, such as `role admin`. @param {Record_} record */
function facts(record) {
  return Object.entries(record).filter(([name, value]) => !SHOWN.has(name) && value !== null && value !== "").map(([name, value]) => (name === "address" ? value : `${name.replaceAll("_", " ")} ${value}`)).join(" · ")
}

/** @param {{ record: Record_, people: Record<string, Person>, choose: (handle: string) => void }} props */
function Row({ record, people, choose }) {
  const { author, at, action, subject } = record, who = people[author], about = subject ? people[subject]?.name ?? "…" : ""
  const name = author ? who?.name ?? "…" : action === "sign_in_failed" ? t("people.audit.someone") : workspace.value.name
  return html`<li><${Avatar} id=${author} small /><span class="label"><span>${who?.handle ? html`<button class="link" type="button" dir="auto" onClick=${() => choose(who.handle ?? "")}><b>${name}</b></button>` : html`<b>${name}</b>`} <span dir="auto">${done(action, about)}</span></span>
    <small dir="auto">${facts(record)}</small></span><time title=${momentOf(at)}>${ago(at)}</time></li>`
}

export function AuditLog() {
  const records = useSignal(/** @type {Record_[] | null} */ (null)), people = useSignal(/** @type {Record<string, Person>} */ ({})), before = useSignal(0)
  const person = useSignal(""), action = useSignal(""), problem = useSignal("")
  const query = () => `person=${encodeURIComponent(person.value)}&action=${action.value}`
  /** @param {number} from the seq before which to go on; 0 for the newest */
  async function load(from) {
    const wanted = query()
    const { ok, error } = await get(`/api/audit?${wanted}&before=${from}`)
    if (wanted !== query()) return // other ones were asked for meanwhile
    problem.value = error ?? ""
    if (!ok) return
    records.value = from ? [...records.value ?? [], ...ok.items] : ok.items
    people.value = { ...people.value, ...ok.people }
    before.value = ok.before
  }
  /** @param {string} handle */
  const choose = handle => { person.value = handle; load(0) }
  useLoad(() => { load(0) })
  return html`<p>${t("people.audit.why")}</p>
    <form class="form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault() }}><div class="pair">
      <label>${t("people.audit.who")}<input class="field" type="search" maxlength="33" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder=${t("people.audit.anyone")} value=${person.value}
        onInput=${(/** @type {any} */ event) => { person.value = event.target.value }} onChange=${() => load(0)} /></label>
      <label>${t("people.audit.what")}<select class="field" onChange=${(/** @type {any} */ event) => { action.value = event.target.value; load(0) }}><option value="">${t("people.audit.all")}</option>
        ${ACTIONS.map(one => html`<option value=${one} selected=${one === action.value}>${done(one, "…")}</option>`)}</select></label></div></form>
    <${Problem} words=${problem.value} />
    <ol class="server-list audit">${(records.value ?? []).map(record => html`<${Row} key=${record.seq} record=${record} people=${people.value} choose=${choose} />`)}</ol>
    ${records.value?.length === 0 && html`<p class="hint">${t("people.audit.none")}</p>`}
    ${before.value > 0 && html`<div class="buttons"><button class="plain" type="button" onClick=${() => load(before.value)}>${t("people.audit.older")}</button></div>`}`
}
