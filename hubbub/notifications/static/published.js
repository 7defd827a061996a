// What a notification from a program has besides its text: priority, tags, its whole text, a file, and buttons.
import { html, Icon } from "../../web/static/shell.js"
import { navigate } from "../../web/static/router.js"
import { sizeOf } from "../../files/static/attachments.js"
import { url as here } from "../../web/static/boot.js"
import { change } from "../../web/static/changes.js"
import { send } from "../../web/static/http.js"
import { toast } from "../../web/static/toast.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"

/** @typedef {{ action: string, label: string, clear?: boolean, url?: string }} Action */
/** @typedef {import("./inbox.js").Notification & { topic?: string, publication?: string, priority?: number, tags?: string[], emoji?: string,
 *   actions?: Action[], attachment?: { name?: string, url?: string, id?: string, type?: string, size?: number }, body?: string, icon?: string }} Published */

const ICONS = /** @type {Record<number, string>} */ ({ 1: "chevron-down", 2: "chevron-down", 4: "chevron-up", 5: "circle-alert" })
const isLink = (/** @type {string | undefined} */ url) => /^(\/(?!\/)|https?:\/\/|mailto:|tel:|geo:)/i.test(url ?? "")

/** The icon that a program chose, as this server fetched it; the usual one if there is none. @param {{ one: Published, usual: any }} props */
export function Face({ one, usual }) {
  const failed = useSignal(false)
  return failed.value ? usual : html`<span class="avatar" aria-hidden="true"><img src=${here(`/api/notifications/${one.publication}/icon`)} alt="" loading="lazy" decoding="async" onError=${() => { failed.value = true }} /></span>`
}

/** What stands before the text: the sign of a priority that is not the normal one, the emoji among the tags, and the title. @param {{ one: Published }} props */
export function Signs({ one }) {
  const { priority = 3, emoji, title, topic } = one, icon = ICONS[priority]
  return html`${icon && html`<span class=${`priority p${priority}`} title=${t(`notifications.priority.${priority}`)}><${Icon} name=${icon} /><span class="visually-hidden">${t(`notifications.priority.${priority}`)}</span></span>`}
    ${emoji && html`<span class="emoji">${emoji} </span>`}${title && title !== topic && html`<b dir="auto">${title}</b> `}`
}

/** @param {{ one: Published, action: Action, nth: number }} props */
function Button({ one, action, nth }) {
  const state = useSignal(""), { label, url = "", clear } = action
  if (action.action === "broadcast") return html`<button class="plain small" type="button" disabled title=${t("notifications.action.unsupported")}>${label}</button>`
  /** @param {any} event */
  function view(event) {
    if (clear && !one.read) change("read_notifications", { seqs: [one.seq] }, { shown: 1 })
    if (url.startsWith("/") && !event.metaKey && !event.ctrlKey) { event.preventDefault(); navigate(url) }
  }
  async function press() {
    state.value = "busy"
    const { ok, error } = await send("POST", `/api/inbox/${one.seq}/actions/${nth}`)
    state.value = ok?.result ?? "failed"
    if (error) toast(error, { danger: true })
    else if (ok.result !== "done") toast(t(`notifications.action.${ok.result}`, { label, status: ok.status }), { danger: ok.result !== "waiting" })
  }
  if (action.action === "view") return isLink(url) ? html`<a class="plain small" href=${url} target=${url.startsWith("/") ? undefined : "_blank"} rel="noopener noreferrer" onClick=${view}>${label}<${Icon} name="external-link" /></a>` : null
  const done = state.value === "done", words = done ? t("notifications.action.done", { label }) : state.value && state.value !== "busy" ? t("notifications.action.again", { label }) : label
  return html`<button class="plain small" type="button" disabled=${done || state.value === "busy"} aria-busy=${state.value === "busy"} onClick=${press}>${done && html`<${Icon} name="check" />`}${words}</button>`
}

/** @param {{ one: Published }} props */
function File({ one }) {
  const { name, url, id, size = 0 } = one.attachment ?? {}
  const to = id ? here(`/files/${id}/${encodeURIComponent(name ?? "file")}`) : url ?? ""
  if (!isLink(to)) return null
  return html`<a class="plain small" href=${to} target="_blank" rel="noopener noreferrer"><${Icon} name="paperclip" /><span dir="auto">${name}</span>${size > 0 && html`<small>${sizeOf(size)}</small>`}</a>`
}

/** What stands below the text: tags, the file and the buttons. @param {{ one: Published }} props */
export function PublishedParts({ one }) {
  const { tags = [], actions = [], attachment, body = "", text } = one, isCut = body.trim().length > text.length + 1
  if (!tags.length && !actions.length && !attachment?.name && !isCut) return null
  return html`<div class="published">
    ${isCut && html`<details><summary>${t("notifications.published.whole")}</summary><p dir="auto">${body}</p></details>`}
    ${attachment?.name && html`<${File} one=${one} />`}
    ${actions.map((action, nth) => html`<${Button} key=${nth} one=${one} action=${action} nth=${nth} />`)}
    ${tags.length > 0 && html`<ul class="tags" aria-label=${t("notifications.action.tag")}>${tags.map(tag => html`<li>${tag}</li>`)}</ul>`}</div>`
}
