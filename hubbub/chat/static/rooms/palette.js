// The palette (Ctrl+K): rooms, people, documents, symbols, settings, commands and messages in one list.
import { Dialog } from "../../../web/static/dialog.js"
import { paletteSources } from "../../../web/static/find.js"
import { callEach } from "../../../web/static/guard.js"
import { navigate } from "../../../web/static/router.js"
import { html, Icon } from "../../../web/static/shell.js"
import { stored } from "../../../web/static/stored.js"
import { useEffect, useRef, useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { Avatar } from "../../../people/static/avatar.js"
import { hasKeyboard } from "../composer-keys.js"
import { ranked, signOf, withoutSign } from "./palette-ranking.js"
import { commands, messages, people, places } from "./palette-sources.js"

/** @typedef {import("../../../web/static/find.js").Entry} Entry */

const PAUSE = 60, RECENT = 20
const SIGNS = [["#", "chat.palette.room"], ["@", "chat.palette.person"], ["$", "chat.palette.symbol"], [">", "chat.palette.command"]]
const [recent, setRecent] = stored("palette", text => (text ?? "").split("\n").filter(Boolean), ids => ids.join("\n"))

/** What the slices find for a query: shown as it arrives. @param {string} query */
function useSources(query) {
  const found = useSignal(/** @type {Map<number, { query: string, entries: Entry[] }>} */ (new Map()))
  useEffect(() => {
    let stale = false
    const sources = [async () => people, async () => messages, ...paletteSources]
    const later = setTimeout(() => callEach("A source of the palette", sources.map((load, at) => async () => {
      const entries = await load().then(source => source(query), () => [])
      if (!stale) found.value = new Map(found.value).set(at, { query, entries })
    })), query ? PAUSE : 0)
    return () => { stale = true; clearTimeout(later) }
  }, [query])
  return [...found.value.values()].flatMap(({ query: before, entries }) => before === query ? entries : entries.filter(({ isMatch }) => !isMatch))
}

/** @param {{ entry: Entry, id: string, isActive: boolean, take: () => void, point: () => void }} props */
function Row({ entry: { name, note, kind, person, icon = "hash" }, id, isActive, take, point }) {
  const row = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => { if (isActive) row.current?.scrollIntoView({ block: "nearest" }) }, [isActive])
  return html`<li class="row" role="option" id=${id} ref=${row} aria-selected=${String(isActive)} onClick=${take} onMouseMove=${point}>
    ${person ? html`<${Avatar} id=${person} small />` : html`<${Icon} name=${icon} />`}
    <span class="label" dir="auto">${name}${note && html` <span class="note" dir="auto">${note}</span>`}</span><small dir="auto">${kind}</small></li>`
}

/** @param {{ close: () => void }} props */
export function Palette({ close }) {
  const word = useSignal(""), chosen = useSignal(""), query = word.value.trim()
  const entries = ranked([...places(), ...commands(), ...useSources(withoutSign(query))], query, recent.value)
  if (query && !signOf(query)) entries.push({ id: "search", name: t("chat.palette.search", { q: query }), kind: "", icon: "search", act: () => navigate(`/search?q=${encodeURIComponent(query)}`) })
  const active = Math.max(0, entries.findIndex(({ id }) => id === chosen.value)) // a late result does not move the choice

  /** @param {Entry | undefined} entry */
  function take(entry) {
    close()
    if (!entry) return
    if (entry.id !== "search") setRecent([entry.id, ...recent.value.filter(id => id !== entry.id)].slice(0, RECENT))
    entry.act()
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    const steps = { ArrowDown: active + 1, ArrowUp: active - 1 + entries.length, PageDown: Math.min(active + 5, entries.length - 1), PageUp: Math.max(active - 5, 0) }
    const next = steps[/** @type {keyof typeof steps} */ (event.key)]
    if (next !== undefined) chosen.value = entries[next % entries.length]?.id ?? ""
    else if (event.key === "Enter") take(entries[active])
    else return
    event.preventDefault()
  }
  return html`<${Dialog} title=${t("chat.palette.title")} onClose=${close} variant="palette">
    <input class="field" role="combobox" aria-expanded="true" aria-controls="palette" aria-autocomplete="list" aria-activedescendant=${entries[active] && `palette-${active}`} dir="auto"
      aria-label=${t("chat.palette.label")} placeholder=${t("chat.palette.label")} autocomplete="off" spellcheck="false" autofocus value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value; chosen.value = "" }} onKeyDown=${onKeyDown} />
    <ul role="listbox" id="palette" aria-label=${t("chat.palette.title")}>${entries.map((entry, at) => html`<${Row} key=${entry.id} id=${`palette-${at}`} entry=${entry}
      isActive=${at === active} take=${() => take(entry)} point=${() => { chosen.value = entry.id }} />`)}</ul>
    ${hasKeyboard.matches && html`<p class="palette-keys" aria-hidden="true">${SIGNS.map(([sign, words]) => html`<span key=${sign}><kbd>${sign}</kbd>${t(words)}</span>`)}</p>`}
  <//>`
}
