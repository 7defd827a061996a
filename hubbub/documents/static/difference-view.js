// Two versions of a text in one, with additions and removals marked, and buttons from change to change.
import { html, Icon } from "../../web/static/shell.js"
import { useLayoutEffect, useRef, useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { difference } from "./difference.js"

/** @typedef {import("./difference.js").Part} Part */
const CONTEXT = 3, FOLD = 10 // lines that stay beside a change; fewer are not folded

/** Unchanged lines, of which only those beside a change are shown at first. @param {{ text: string, first: boolean, last: boolean }} props */
function Same({ text, first, last }) {
  const open = useSignal(false), lines = text.split("\n"), hidden = lines.length - 1 - (first ? 0 : CONTEXT) - (last ? 0 : CONTEXT)
  if (open.value || hidden < FOLD) return text
  const before = first ? "" : lines.slice(0, CONTEXT).join("\n") + "\n", after = last ? "" : lines.slice(-CONTEXT - 1).join("\n")
  return html`${before}<button class="plain fold" type="button" onClick=${() => { open.value = true }}>${t("documents.versions.unchanged", { n: hidden })}</button>${after}`
}

/** @param {{ part: Part }} props */
function Changed({ part: { kind, text } }) {
  const Tag = kind === "added" ? "ins" : "del"
  return html`<${Tag}><span class="visually-hidden">${t(`documents.versions.${kind}`)} </span>${text}<//>`
}

/** The parts with neighbouring changes together. @param {Part[]} parts @returns {Array<{ same: string } | { changes: Part[] }>} */
function grouped(parts) {
  /** @type {ReturnType<typeof grouped>} */
  const groups = []
  for (const part of parts) {
    const last = groups[groups.length - 1]
    if (part.kind === "same") groups.push({ same: part.text })
    else if (last && "changes" in last) last.changes.push(part)
    else groups.push({ changes: [part] })
  }
  return groups
}

/** It compares once: give other texts another `key`. @param {{ before: string, after: string }} props */
export function Difference({ before, after }) {
  const at = useSignal(-1), box = useRef(/** @type {HTMLElement | null} */ (null)), cache = useRef(/** @type {ReturnType<typeof grouped> | null} */ (null))
  const groups = cache.current ??= grouped(difference(before, after)), n = groups.filter(group => "changes" in group).length
  /** @param {number} step */
  function go(step) {
    if (!n) return
    at.value = (Math.max(at.value, step > 0 ? -1 : 0) + step + n) % n
    const change = /** @type {HTMLElement | undefined} */ ([...box.current?.querySelectorAll(".change") ?? []][at.value])
    change?.focus()
    change?.scrollIntoView({ block: "center" })
  }
  useLayoutEffect(() => { // so that no key goes to the texts that were compared before
    /** @param {KeyboardEvent} event */
    const onKey = event => {
      if (event.key !== "F7") return
      event.preventDefault()
      go(event.shiftKey ? -1 : 1)
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [n])
  return html`<div class="changes-bar"><p role="status">${at.value < 0 || !n ? t("documents.versions.changes", { n }) : t("documents.versions.change", { at: at.value + 1, n })}</p>
      <button class="ghost" type="button" disabled=${!n} aria-label=${t("documents.versions.before")} title=${t("documents.versions.before")} onClick=${() => go(-1)}><${Icon} name="chevron-up" /></button>
      <button class="ghost" type="button" disabled=${!n} aria-label=${t("documents.versions.next")} title=${t("documents.versions.next")} onClick=${() => go(1)}><${Icon} name="chevron-down" /></button></div>
    <div class="difference" ref=${box} tabindex="0" role="region" aria-label=${t("documents.versions.difference")}><pre dir="auto">${groups.map((group, index) => "same" in group
      ? html`<${Same} key=${index} text=${group.same} first=${index === 0} last=${index === groups.length - 1} />`
      : html`<span key=${index} class="change" tabindex="-1">${group.changes.map(part => html`<${Changed} part=${part} />`)}</span>`)}</pre></div>`
}
