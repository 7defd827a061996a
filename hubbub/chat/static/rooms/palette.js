// The command palette (Ctrl+K): rooms, people and commands by a few letters of their name.
import { Dialog } from "../../../web/static/dialog.js"
import { navigate } from "../../../web/static/router.js"
import { html, Icon, palette, theme } from "../../../web/static/shell.js"
import { useEffect, useSignal } from "../../../web/static/vendor/preact.js"
import { fold, t } from "../../../web/static/strings.js"
import { Avatar } from "../../../people/static/avatar.js"
import { findPeople } from "../../../people/static/directory.js"
import { me } from "../../../people/static/me.js"
import { choose } from "../../../people/static/preferences.js"
import { mentionCount, markAllRead, roomName, rooms, unreadCount } from "../user-state.js"
import { openDirect } from "./new-direct.js"
import { openedDialog } from "./opened-dialog.js"
import { addressOf, iconOf } from "./room-row.js"

/** @typedef {{ id: string, name: string, kind: string, icon?: string, person?: number, weight: number, act: () => void }} Entry */

/** How well a name matches the query; 0: not at all. @param {string} name @param {string} word folded */
export function matchScore(name, word) {
  const low = fold(name)
  if (!word) return 1
  if (low.startsWith(word)) return 4
  if (low.split(/[\s._-]+/).some(part => part.startsWith(word))) return 3
  if (low.includes(word)) return 2
  let at = -1
  return [...word].every(letter => (at = low.indexOf(letter, at + 1)) >= 0) ? 1 : 0
}

/** @returns {Entry[]} */
function commands() {
  const guest = me.value?.role === "guest"
  const known = [
    !guest && ["chat.rooms.add", "plus", () => { openedDialog.value = "room" }], !guest && ["chat.rooms.message", "square-pen", () => { openedDialog.value = "direct" }],
    !guest && ["chat.rooms.browse", "list-filter", () => navigate("/rooms")], ["chat.read.all", "check-check", markAllRead], ["chat.nav.search", "search", () => navigate("/search")],
    ...palette.filter(({ when }) => when()).map(({ title, icon, act }) => [title, icon, act]),
    ["chat.command.theme", "sun", () => choose("theme", theme.value === "dark" ? "light" : "dark")], ["chat.command.help", "keyboard", () => { openedDialog.value = "help" }],
  ]
  return known.filter(Boolean).map(entry => {
    const [key, icon, act] = /** @type {[string, string, () => void]} */ (entry)
    return { id: key, name: t(key), kind: t("chat.palette.command"), icon, weight: 0, act }
  })
}

/** @returns {Entry[]} */
function places() {
  return [...rooms.value.values()].map(room => ({
    id: room.channel, name: roomName(room), kind: t(room.kind === "direct" ? "chat.rooms.directs" : "chat.palette.room"), icon: iconOf(room),
    weight: mentionCount(room.channel) ? 2 : unreadCount(room.channel) ? 1 : 0, act: () => navigate(addressOf(room)),
  }))
}

/** @param {{ close: () => void }} props */
export function Palette({ close }) {
  const word = useSignal(""), at = useSignal(0), people = useSignal(/** @type {Entry[]} */ ([]))
  useEffect(() => {
    let stale = false
    Promise.resolve(findPeople(word.value)).then(found => {
      if (!stale) people.value = found.slice(0, 20).map(one => ({ id: `person:${one.id}`, name: one.name, kind: `@${one.handle}`, person: one.id, weight: 0, act: () => openDirect([one.id]) }))
    })
    return () => { stale = true }
  }, [word.value])
  const low = fold(word.value)
  const entries = [...places(), ...(low ? people.value : []), ...commands()].map(entry => ({ ...entry, score: matchScore(entry.name, low) * 10 + entry.weight }))
    .filter(({ score }) => score >= 10).sort((a, b) => b.score - a.score).slice(0, 12)
  if (low) entries.push({ id: "search", name: t("chat.palette.search", { q: word.value.trim() }), kind: "", icon: "search", weight: 0, score: 0, act: () => navigate(`/search?q=${encodeURIComponent(word.value.trim())}`) })
  const active = Math.min(at.value, entries.length - 1)

  /** @param {Entry | undefined} entry */
  function take(entry) {
    close()
    entry?.act()
  }
  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key === "ArrowDown") at.value = (active + 1) % entries.length
    else if (event.key === "ArrowUp") at.value = (active - 1 + entries.length) % entries.length
    else if (event.key === "Enter") take(entries[active])
    else return
    event.preventDefault()
  }
  return html`<${Dialog} title=${t("chat.palette.title")} onClose=${close} variant="palette">
    <input class="field" role="combobox" aria-expanded="true" aria-controls="palette" aria-autocomplete="list" aria-activedescendant=${entries[active] && `palette-${active}`} dir="auto"
      aria-label=${t("chat.palette.label")} placeholder=${t("chat.palette.label")} autocomplete="off" autofocus value=${word.value}
      onInput=${(/** @type {any} */ event) => { word.value = event.target.value; at.value = 0 }} onKeyDown=${onKeyDown} />
    <ul role="listbox" id="palette" aria-label=${t("chat.palette.title")}>${entries.map((entry, index) => html`<li class="row" role="option" id=${`palette-${index}`} key=${entry.id}
      aria-selected=${index === active ? "true" : "false"} onClick=${() => take(entry)} onMouseMove=${() => { at.value = index }}>
      ${entry.person ? html`<${Avatar} id=${entry.person} small />` : html`<${Icon} name=${entry.icon ?? "hash"} />`}
      <span class="label" dir="auto">${entry.name}</span><small>${entry.kind}</small></li>`)}</ul>
  <//>`
}
