// Topics in the notification settings: subscribe, mute, and from which priority on; a link of a topic leads here.
import { FieldProblem, Problem, useForm } from "../../web/static/form-fields.js"
import { html, Icon } from "../../web/static/shell.js"
import { send } from "../../web/static/http.js"
import { Menu } from "../../web/static/menu.js"
import { toast } from "../../web/static/toast.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { copy } from "../../people/static/share-link.js"
import { useServerList } from "../../people/static/use-server-list.js"
import { address, DeleteTopic, TopicPeople } from "./topic-dialogs.js"

/** @typedef {import("./topic-dialogs.js").Topic} Topic */

const wanted = () => new URLSearchParams(location.search).get("topic") ?? ""

/** @param {{ topic: Topic, change: (name: string, body: object) => unknown, open: (dialog: typeof TopicPeople | typeof DeleteTopic) => void }} props */
function Row({ topic: { name, open: isOpen, subscribed, muted, least, manages }, change, open }) {
  async function copyLink() {
    await copy(new URL(`?topic=${encodeURIComponent(name)}`, location.href).href)
    toast(t("notifications.topics.copied"))
  }
  const mute = t(muted ? "notifications.topics.unmute" : "notifications.topics.mute", { name })
  return html`<li><label class="check topic-name"><input type="checkbox" checked=${subscribed} onChange=${(/** @type {any} */ event) => change(name, { subscribed: event.target.checked })} />
      <b>${name}</b><span class="visually-hidden">${t("notifications.topics.subscribe", { name })}</span>${!isOpen && html`<small><${Icon} name="lock" /> ${t("notifications.topics.closed")}</small>`}</label>
    ${subscribed && html`<select class="field" aria-label=${t("notifications.topics.least", { name })} value=${String(least)} disabled=${muted} onChange=${(/** @type {any} */ event) => change(name, { least: Number(event.target.value) })}>
      ${[1, 2, 3, 4, 5].map(each => html`<option value=${String(each)}>${t(`notifications.topics.least.${each}`)}</option>`)}</select>
      <button class="ghost" type="button" aria-pressed=${muted} aria-label=${mute} title=${mute} onClick=${() => change(name, { muted: !muted })}><${Icon} name=${muted ? "bell-off" : "bell"} /></button>`}
    <button class="ghost" type="button" aria-label=${t("notifications.topics.link", { name })} title=${t("notifications.topics.link", { name })} onClick=${copyLink}><${Icon} name="link" /></button>
    ${manages && html`<${Menu} label=${name} items=${[{ icon: "users", label: t("notifications.topics.choose"), act: () => open(TopicPeople) }, { icon: "trash-2", label: t("notifications.topics.delete"), danger: true, act: () => open(DeleteTopic) }]} />`}</li>`
}

export function Topics() {
  const { list, problem, load } = useServerList("/api/topics"), topics = /** @type {Topic[]} */ (list.value ?? []), name = useSignal(wanted()), closed = useSignal(false)
  const dialog = useSignal(/** @type {{ part: typeof TopicPeople | typeof DeleteTopic, topic: Topic } | null} */ (null))
  /** @param {string} which @param {object} body */
  async function change(which, body) {
    const answer = await send("PUT", `${address(which)}/subscription`, body)
    if (answer.error) toast(answer.error, { danger: true })
    const now = /** @type {Topic[]} */ (list.value ?? []) // another change may have been answered meanwhile
    if (answer.ok) list.value = now.some(each => each.name === which) ? now.map(each => each.name === which ? answer.ok : each) : [answer.ok, ...now]
    else await load() // as it is
    return answer
  }
  const form = useForm(async ({ topic }) => {
    const chosen = topic.trim(), isKnown = topics.some(each => each.name === chosen)
    const answer = isKnown ? null : await send("POST", "/api/topics", { name: chosen, open: !closed.value })
    if (answer?.error) return answer
    const { error: problem } = await change(chosen, { subscribed: true })
    if (!problem) name.value = ""
  }, "topics-")
  return html`<h3>${t("notifications.topics.title")}</h3>
    <p class="hint">${t("notifications.topics.about")}</p>
    <${Problem} words=${problem.value} />
    ${topics.length ? html`<ul class="server-list topics">${topics.map(topic => html`<${Row} key=${topic.id} topic=${topic} change=${change} open=${(/** @type {any} */ part) => { dialog.value = { part, topic } }} />`)}</ul>` : list.value && html`<p class="hint">${t("notifications.topics.none")}</p>`}
    <form class="topic-form" onSubmit=${form.submit}>
      <input class="field" ...${form.attributesOf("topic")} required maxlength="64" pattern="[\\-_A-Za-z0-9]+" autocomplete="off" spellcheck=${false} aria-label=${t("notifications.topics.name")} placeholder=${t("notifications.topics.name")} value=${name.value} onInput=${(/** @type {any} */ event) => { name.value = event.target.value }} />
      <button class="plain" type="submit">${t("notifications.topics.create")}</button>
      <label class="check"><input type="checkbox" checked=${closed.value} onChange=${(/** @type {any} */ event) => { closed.value = event.target.checked }} /> ${t("notifications.topics.make_closed")}</label></form>
    <${FieldProblem} form=${form} name="topic" /><${FieldProblem} form=${form} />
    <p class="hint">${t("notifications.receipts.about")}</p>
    ${dialog.value && html`<${dialog.value.part} topic=${dialog.value.topic} close=${() => { dialog.value = null }} changed=${load} />`}`
}
