// Create a webhook; then its address, which is shown once, with commands to copy.
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { CopyField } from "../../people/static/share-link.js"
import { pickEmoji } from "../../chat/static/emoji.js"
import { roomName } from "../../chat/static/user-state.js"
import { Example } from "./command-example.js"

/** @param {string} address @returns {Array<[string, string]>} */
const examples = address => [
  ["hooks.example.curl", `curl -d '${t("hooks.example.text")}' ${address}`],
  ["hooks.example.slack", `curl ${address} -H 'Content-Type: application/json' \\\n  -d '{"text": "*Deploy* of <https://example.com|build 42> is live"}'`],
  ["hooks.example.card", `curl -d 'Deploy 42: testing' '${address}?key=deploy-42'\ncurl -d 'Deploy 42: live' '${address}?key=deploy-42&resolve=1'`],
]

/** @param {{ path: string }} props */
function Created({ path }) {
  const address = new URL(path, location.href).href
  return html`<div class="once"><p><b>${t("hooks.created")}</b></p><${CopyField} text=${address} label=${t("hooks.address")} />
    ${examples(address).map(([key, text]) => html`<${Example} key=${key} title=${t(key)} text=${text} />`)}</div>`
}

/** An emoji to choose, or none. @param {{ icon: import("../../web/static/vendor/preact.js").Signal<string> }} props */
export function IconField({ icon }) {
  return html`<div class="labelled"><span>${t("hooks.icon")}</span><button class="plain icon-choice" type="button" aria-label=${`${t("hooks.icon")} ${icon.value}`}
    onClick=${(/** @type {any} */ event) => pickEmoji(event.currentTarget, (/** @type {string} */ one) => { icon.value = one })}>${icon.value || html`<${Icon} name="smile-plus" />`}</button></div>`
}

/** @param {{ places: any[], onCreated: () => void }} props */
export function NewHook({ places, onCreated }) {
  const created = useSignal(""), icon = useSignal("")
  const form = useForm(async ({ name, channel, locked }) => {
    const answer = await send("POST", "/api/hooks", { name, channel, icon: icon.value, locked: locked === "on" })
    if (answer.error) return answer
    const field = /** @type {HTMLInputElement} */ (document.getElementById("hook-name"))
    field.value = icon.value = ""
    created.value = answer.ok.path
    onCreated()
  }, "hook-")
  return html`${created.value && html`<${Created} path=${created.value} />`}
    <form class="form" onSubmit=${form.submit}>
      <div class="icon-and-name"><${IconField} icon=${icon} /><${Field} form=${form} name="name" label=${t("hooks.name")} placeholder=${t("hooks.name.example")} required maxlength="40" autocomplete="off" /></div>
      <label>${t("hooks.room")}<select class="field" ...${form.attributesOf("channel")}>${places.map(room => html`<option value=${room.channel}>${`#${roomName(room)}`}</option>`)}</select></label>
      <label class="check"><input type="checkbox" name="locked" checked />${t("hooks.locked")}</label>
      <${FieldProblem} form=${form} />
      <div class="buttons"><button class=${created.value ? "plain" : "primary"} aria-busy=${form.busy.value ? "true" : "false"}>${t("hooks.create")}</button></div></form>`
}
