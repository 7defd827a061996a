// Search over everything I may read: one field, and a tab for each kind of result; the arrow keys go through all of it.
import { addSearchTab, searchTabs } from "../../web/static/find.js"
import { Part } from "../../web/static/guard.js"
import { navigate, path } from "../../web/static/router.js"
import { html, Icon } from "../../web/static/shell.js"
import { useEffect, useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { forwards, t } from "../../web/static/strings.js"
import { FileResults } from "./file-results.js"
import { MessageResults } from "./message-results.js"
import { allFilters, roomIn, wordsOf } from "./search-filters.js"
import { SearchField } from "./search-field.js"

const PAUSE = 150

addSearchTab({ name: "messages", icon: "message-square-text", title: "chat.search.messages", rank: 0, component: MessageResults })
addSearchTab({ name: "files", icon: "paperclip", title: "chat.search.files", rank: 2, component: FileResults })

/** @param {{ take: (filter: string) => void }} props */
function Help({ take }) {
  const filters = [...allFilters(), ["\"…\"", t("chat.search.filter.phrase")], ["-", t("chat.search.filter.not")]]
  return html`<div class="search-help"><h2>${t("chat.search.help")}</h2>
    <ul>${filters.map(([filter, about]) => html`<li key=${filter}><button type="button" onClick=${() => take(filter)}><code>${filter}</code><span>${about}</span></button></li>`)}</ul></div>`
}

/** @param {{ open: string, choose: (name: string) => void }} props */
function Tabs({ open, choose }) {
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const tabs = searchTabs.map(({ name }) => name), step = { ArrowRight: forwards(), ArrowLeft: -forwards() }[event.key]
    if (!step) return
    const next = tabs[(tabs.indexOf(open) + step + tabs.length) % tabs.length]
    choose(next)
    document.getElementById(`tab-${next}`)?.focus()
    event.preventDefault()
  }
  return html`<div class="search-tabs" role="tablist" aria-label=${t("chat.search.kinds")} onKeyDown=${onKeyDown}>${searchTabs.map(({ name, icon, title }) => html`
    <button type="button" role="tab" id=${`tab-${name}`} key=${name} aria-selected=${String(name === open)} aria-controls="search-results" tabindex=${name === open ? 0 : -1} onClick=${() => choose(name)}>
      <${Icon} name=${icon} />${t(title)}</button>`)}</div>`
}

/** The links to the results in their order, then the button for more. @returns {HTMLElement[]} */
function links() { return [...document.querySelectorAll("#search-results .cover-link, #search-results > .plain")].map(link => /** @type {HTMLElement} */ (link)) }

export function Search() {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  const given = new URLSearchParams(path.value.split("?")[1] ?? location.search)
  const word = useSignal(given.get("q") ?? ""), asked = useSignal(word.value.trim()), tab = useSignal(given.get("tab") ?? ""), busy = useSignal(false), isTyping = useSignal(false)
  const open = searchTabs.find(({ name }) => name === tab.value) ?? searchTabs[0], query = asked.value
  useLayoutEffect(() => { input.current?.focus(); input.current?.setSelectionRange(word.value.length, word.value.length) }, [])
  useEffect(() => {
    const later = setTimeout(() => { if (!isTyping.peek()) asked.value = word.value.trim() }, PAUSE)
    return () => clearTimeout(later)
  }, [word.value, isTyping.value])
  useEffect(() => {
    const params = new URLSearchParams({ ...(query && { q: query }), ...(tab.value && { tab: tab.value }) }).toString(), next = params ? `/search?${params}` : "/search"
    if (next !== path.value) navigate(next, { replace: true })
  }, [query, tab.value])

  /** @param {string} filter */
  function take(filter) {
    const words = `${word.value}${word.value && !word.value.endsWith(" ") ? " " : ""}${filter === "\"…\"" ? "\"\"" : filter}`
    word.value = words + (/[:"-]$/.test(words) ? "" : " ")
    const end = word.value.length - (filter === "\"…\"" ? 1 : 0)
    requestAnimationFrame(() => { input.current?.focus(); input.current?.setSelectionRange(end, end); input.current?.click() })
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const all = links(), at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement)), { key } = event
    const next = { ArrowDown: all[at + 1], ArrowUp: at ? all[at - 1] : input.current, Home: all[0], End: all.at(-1), Escape: input.current }[key]
    if (at < 0 || !next) return
    next.focus()
    next.scrollIntoView({ block: "nearest" })
    event.preventDefault()
  }
  return html`<div class="search">
    <${SearchField} input=${input} value=${word.value} busy=${busy.value} isTyping=${isTyping} set=${(/** @type {string} */ words) => { word.value = words }} down=${() => links()[0]?.focus()} submit=${() => { asked.value = word.value.trim() }} />
    <${Tabs} open=${open.name} choose=${(/** @type {string} */ name) => { tab.value = name }} />
    <div class="search-results" id="search-results" role="tabpanel" aria-labelledby=${`tab-${open.name}`} onKeyDown=${onKeyDown}>
      ${query ? html`<${Part} key=${open.name} of=${open.component} props=${{ query, words: wordsOf(query), room: roomIn(query), busy }} />` : html`<${Help} take=${take} />`}</div>
  </div>`
}
