// Search over everything I may read: results while typing, with matches highlighted.
import { get } from "../../web/static/http.js"
import { navigate, path } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { dayName, momentOf, timeOf } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Attachments } from "../../files/static/attachments.js"
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { highlighter } from "./highlight.js"
import { Prose } from "./prose.js"
import { messageAt } from "./quote.js"
import { room, roomName } from "./user-state.js"

const PAUSE = 150
const FILTERS = ["from:", "in:", "before:", "after:", "on:", "has:file", "has:link", "has:image", "has:code", "is:thread", "is:pinned", "is:mine", "\"…\"", "-"]

/** @typedef {{ items: any[], words: string[], unfinished: boolean, before: number }} Found */

/** The time zone of the days in a query. */
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC"

/** @param {{ item: any, split: (text: string) => string[] }} props */
function Result({ item: found, split }) {
  const now = messageAt(found.channel, found.seq, found), item = { ...found, text: now?.text ?? "", files: now?.files, mentions: now?.mentions }
  if (!now || now.deleted) return null
  const here = room(item.channel), href = `/room/${item.channel.slice(5)}/${item.seq}`
  return html`<li class="result"><a class="cover-link" href=${href} aria-label=${t("chat.search.open", { name: person(item.author).name, room: here ? roomName(here) : "" })}></a>
    <p class="by"><${Avatar} id=${item.author} small /><b dir="auto">${person(item.author).name}</b>
      <span>${here ? roomName(here) : ""}</span><time title=${momentOf(item.at)}>${dayName(item.at)}, ${timeOf(item.at)}</time></p>
    <${Prose} text=${item.text} mentions=${item.mentions ?? {}} quotes=${item.quotes} split=${split} />
    ${item.files && html`<${Attachments} files=${item.files} />`}</li>`
}

/** @param {{ take: (filter: string) => void }} props */
function Help({ take }) {
  return html`<div class="search-help"><h2>${t("chat.search.help")}</h2>
    <ul>${FILTERS.map(filter => html`<li key=${filter}><button type="button" onClick=${() => take(filter)}><code>${filter}</code>
      <span>${t(`chat.search.filter.${filter.replace(/\W+$/, "") || (filter === "-" ? "not" : "phrase")}`)}</span></button></li>`)}</ul></div>`
}

export function Search() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  const query = new URLSearchParams(path.value.split("?")[1] ?? location.search).get("q") ?? ""
  const word = useSignal(query), found = useSignal(/** @type {Found | null} */ (null)), problem = useSignal(""), busy = useSignal(false)
  const turn = useRef(0)

  async function search(before = 0) {
    const current = ++turn.current, q = word.value.trim()
    if (!q) { found.value = null; problem.value = ""; return }
    busy.value = true
    const { ok, error } = await get(`/api/search?q=${encodeURIComponent(q)}&limit=20&zone=${encodeURIComponent(zone)}${before ? `&before=${before}` : ""}`)
    if (current !== turn.current) return
    busy.value = false
    problem.value = error ?? ""
    if (!ok) return
    addPeople(ok.people)
    found.value = before && found.value ? { ...ok, items: [...found.value.items, ...ok.items] } : ok
  }
  useLayoutEffect(() => { input.current?.focus(); input.current?.setSelectionRange(word.value.length, word.value.length) }, [])
  useEffect(() => {
    const later = setTimeout(() => {
      search()
      const next = word.value.trim() ? `/search?q=${encodeURIComponent(word.value)}` : "/search"
      if (next !== path.value) navigate(next, { replace: true })
    }, found.peek() ? PAUSE : 0)
    return () => clearTimeout(later)
  }, [word.value])

  /** @param {string} filter */
  function take(filter) {
    const words = `${word.value}${word.value && !word.value.endsWith(" ") ? " " : ""}${filter === "\"…\"" ? "\"\"" : filter}`
    word.value = words + (/[:"-]$/.test(words) ? "" : " ")
    requestAnimationFrame(() => { const end = word.value.length - (filter === "\"…\"" ? 1 : 0); input.current?.focus(); input.current?.setSelectionRange(end, end) })
  }
  const items = found.value?.items ?? [], split = highlighter(found.value?.words ?? [], found.value?.unfinished)
  return html`<div class="search">
    <form role="search" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); search() }}><${Icon} name=${busy.value ? "loader-circle" : "search"} spin=${busy.value} />
      <input class="field" id="search" ref=${input} type="search" dir="auto" placeholder=${t("chat.search.label")} aria-label=${t("chat.search.label")} autocomplete="off"
        value=${word.value} onInput=${(/** @type {any} */ event) => { word.value = event.target.value }} /></form>
    <p class="line" role="status">${problem.value || (found.value && !busy.value ? t("chat.search.count", { n: items.length, more: found.value.before ? "+" : "" }) : "")}</p>
    <div class="search-results">
      ${!word.value.trim() && html`<${Help} take=${take} />`}
      ${found.value && !items.length && html`<div class="empty"><${Icon} name="search" /><h2>${t("chat.search.none")}</h2><p>${t("chat.search.none.how")}</p></div>`}
      ${items.length > 0 && html`<ol class="results" aria-label=${t("chat.search.title")}>${items.map(item => html`<${Result} key=${`${item.channel}/${item.seq}`} item=${item} split=${split} />`)}</ol>`}
      ${found.value?.before ? html`<button class="plain" type="button" onClick=${() => search(found.value?.before)}>${t("chat.search.more")}</button>` : null}
    </div>
  </div>`
}
