// The messages that I saved for later, the last saved first.
import { getKept } from "../../web/static/kept.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { Heading } from "./list-heading.js"
import { Prose } from "./prose.js"
import { messageAt } from "./quote.js"
import { save } from "./user-changes.js"
import { isSaved, savedCount } from "./user-state.js"

const PAGE = 50, MOST = 100 // the most that the server sends at once

/** @param {{ item: any }} props */
function SavedMessage({ item: { channel, seq, ...given } }) {
  const now = messageAt(channel, seq, { seq, ...given })
  if (!now || now.deleted || !isSaved(channel, seq)) return null
  const words = t("chat.save.off")
  return html`<li class="later"><${Heading} channel=${channel} more=${html`<time title=${momentOf(now.at)}>${dayName(now.at)}, ${timeOf(now.at)}</time>`}>
      <button class="ghost" type="button" aria-label=${words} title=${words} onClick=${() => save(channel, seq, false)}><${Icon} name="bookmark-minus" /></button><//>
    <a class="cover-link" href=${`/room/${channel.slice(5)}/${seq}`} aria-label=${t("chat.save.open", { name: person(now.author).name })}></a>
    <p class="by"><${Avatar} id=${now.author} small /><b dir="auto">${person(now.author).name || "…"}</b></p>
    <div class="excerpt"><${Prose} text=${now.text} mentions=${now.mentions ?? {}} quotes=${now.quotes} /></div></li>`
}

export function Saved() {
  const items = useSignal(/** @type {any[] | null} */ (null)), complete = useSignal(false), problem = useSignal(""), count = savedCount()
  /** Load the next page, or again what is shown. @param {number} [before] */
  async function load(before) {
    const limit = before ? PAGE : Math.min(MOST, Math.max(PAGE, items.peek()?.length ?? 0))
    const { ok, error } = await getKept(`/api/saved?limit=${limit}${before ? `&before=${before}` : ""}`)
    problem.value = items.value ? "" : error ?? ""
    if (!ok) return
    addPeople(ok.people)
    complete.value = ok.items.length < limit
    items.value = before ? [...(items.value ?? []).filter(({ saved }) => saved >= before), ...ok.items] : ok.items
  }
  useLoad(() => { load() }, [count])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!items.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  if (!count) return html`<div class="empty"><${Icon} name="bookmark" /><h2>${t("chat.save.none")}</h2><p>${t("chat.save.how")}</p></div>`
  return html`<ol class="later-list" aria-label=${t("chat.nav.saved")}>${items.value.map(item => html`<${SavedMessage} key=${`${item.channel}/${item.seq}`} item=${item} />`)}
    ${!complete.value && html`<li><button class="plain" type="button" onClick=${() => load(items.value?.at(-1)?.saved)}>${t("chat.save.more")}</button></li>`}</ol>`
}
