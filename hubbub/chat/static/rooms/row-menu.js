// The menu of a row in the sidebar and of a section of mine: read, star, move, mute, copy, leave; rename, delete.
import { Dialog } from "../../../web/static/dialog.js"
import { makeKey } from "../../../web/static/outbox.js"
import { Field, FieldProblem, useForm } from "../../../web/static/form-fields.js"
import { OpenMenu } from "../../../web/static/open-menu.js"
import { html } from "../../../web/static/shell.js"
import { signal, useRef, useSignal } from "../../../web/static/vendor/preact.js"
import { t } from "../../../web/static/strings.js"
import { ownSections, setSection } from "../../../people/static/arrangement.js"
import { levelChoices } from "../../../notifications/static/level-menu.js"
import { room } from "../user-state.js"
import { openedRowMenu } from "./opened-row-menu.js"
import { moveTo, rowChoices, sectionChoices } from "./row-actions.js"

/** The section whose name is asked for; with a channel that moves there. @type {import("../../../web/static/vendor/preact.js").Signal<{ id: string, title: string, rank: number, channel?: string } | null>} */
const naming = signal(null)

/** @param {string} [channel] */
function createSection(channel) {
  naming.value = { id: makeKey(), title: "", rank: (ownSections.value.at(-1)?.rank ?? 0) + 1, channel }
}

/** @param {{ close: () => void }} props */
function NameDialog({ close }) {
  const section = useRef(naming.peek()).current
  const form = useForm(async ({ name }) => {
    if (!section || !name.trim()) return
    close()
    await setSection({ ...section, title: name })
    if (section.channel) await moveTo(section.channel, section.id)
  }, "section-")
  return html`<${Dialog} title=${t(section?.title ? "chat.sidebar.section.rename" : "chat.sidebar.section.new")} onClose=${close}><form class="form" onSubmit=${form.submit}>
    <${Field} form=${form} name="name" label=${t("chat.sidebar.section.name")} value=${section?.title} maxlength="60" required autocomplete="off" autofocus />
    <${FieldProblem} form=${form} />
    <div class="buttons"><button class="plain" type="button" onClick=${close}>${t("chat.rooms.cancel")}</button><button class="primary">${t("chat.sidebar.section.save")}</button></div></form><//>`
}

/** @param {{ menu: import("./opened-row-menu.js").RowMenu }} props */
export function RowMenu({ menu: { channel, section, at } }) {
  const page = useSignal(""), before = useRef(document.activeElement), box = at instanceof Element ? at.getBoundingClientRect() : null
  const point = box ? { x: box.left, y: box.bottom + 4 } : /** @type {{ x: number, y: number }} */ (at)
  const close = () => { openedRowMenu.value = null }
  if (naming.value) return html`<${NameDialog} close=${() => { naming.value = null; close() }} />`
  const kind = channel && room(channel)?.kind
  /** @param {string} name */
  const turn = name => () => { page.value = name }
  const pages = /** @type {Record<string, () => import("../../../web/static/types").Choices>} */ ({
    "": () => channel ? rowChoices(channel, turn) : sectionChoices(section ?? "", one => { naming.value = one }),
    move: () => sectionsOf(/** @type {string} */ (channel)),
    level: () => levelChoices(/** @type {string} */ (channel), kind === "direct" ? "everything" : "mentions"),
  })
  const label = t(channel ? "chat.sidebar.menu" : "chat.sidebar.section.menu")
  return html`<nav aria-label=${label}><${OpenMenu} key=${page.value} label=${label} items=${pages[page.value]()} at=${point} within=${() => null}
    close=${(/** @type {boolean} */ back) => { if (!naming.peek()) close(); if (back && before.current instanceof HTMLElement) before.current.focus() }} /></nav>`
}

/** Where a channel may go. @param {string} channel @returns {import("../../../web/static/types").Choices} */
function sectionsOf(channel) {
  return [...ownSections.value.map(({ id, title }) => ({ icon: "folder", label: title, act: () => moveTo(channel, id) })),
    { icon: "folder-plus", label: t("chat.sidebar.section.new"), stays: true, act: () => createSection(channel) },
    { icon: "rotate-ccw", label: t("chat.sidebar.unmove"), act: () => moveTo(channel, null) }]
}
