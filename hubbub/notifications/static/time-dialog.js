// A dialog to choose a time: for snoozing and for reminders.
import { fieldOf } from "../../web/static/dates.js"
import { Dialog } from "../../web/static/dialog.js"
import { Field, useForm } from "../../web/static/form-fields.js"
import { now } from "../../web/static/server-clock.js"
import { html, Icon } from "../../web/static/shell.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { t } from "../../web/static/strings.js"
import { morning, snoozeTimes, whenOf } from "./snooze-times.js"

const DAY = 24 * 3600 // seconds
const ICONS = /** @type {Record<string, string>} */ ({ minutes: "clock-4", hours: "clock-4", tomorrow: "sun", monday: "calendar" })

/** The arrow keys move through the choices. @param {any} event */
function onKeyDown(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {"ArrowDown"} */ (event.key)]
  if (!step || !event.target.matches("button")) return
  const all = [...event.currentTarget.querySelectorAll("button")], at = all.indexOf(event.target)
  all[(at + step + all.length) % all.length]?.focus()
  event.preventDefault()
}

/** @param {{ title: string, choose: (until: number) => void, close: () => void, anchor?: Element | null, extra?: { label: string, act: () => void } | false }} props */
export function TimeDialog({ title, choose, close, anchor, extra }) {
  const isPicking = useSignal(false)
  /** @param {number} until */
  const pick = until => { close(); choose(until) }
  const form = useForm(async ({ at }) => {
    const until = new Date(at).getTime() / 1000
    if (!(until > now())) return { error: t("notifications.snooze.past"), field: "at" }
    pick(until)
  }, "snooze-")
  return html`<${Dialog} title=${title} onClose=${close} anchor=${anchor} variant="sheet-dialog times">
    <ul class="sheet-verbs" onKeyDown=${onKeyDown}>${snoozeTimes().map(({ name, at }, index) => html`<li key=${name}><button class="row" type="button" autofocus=${index === 0} onClick=${() => pick(at)}>
        <${Icon} name=${ICONS[name]} /><span class="label">${t(`notifications.snooze.${name}`)}</span><time>${whenOf(at)}</time></button></li>`)}
      ${!isPicking.value && html`<li><button class="row" type="button" onClick=${() => { isPicking.value = true }}><${Icon} name="pencil" /><span class="label">${t("notifications.snooze.pick")}</span></button></li>`}
      ${extra && html`<li><button class="row" type="button" onClick=${() => { close(); extra.act() }}><${Icon} name="rotate-ccw" /><span class="label">${extra.label}</span></button></li>`}</ul>
    ${isPicking.value && html`<form class="form" onSubmit=${form.submit}><${Field} form=${form} name="at" label=${t("notifications.snooze.at")} type="datetime-local" required autofocus
      min=${fieldOf(now() + 60)} max=${fieldOf(now() + 365 * DAY)} defaultValue=${fieldOf(morning(now(), 1))} />
      <div class="buttons"><button class="primary">${t("notifications.snooze.set")}</button></div></form>`}
  <//>`
}
