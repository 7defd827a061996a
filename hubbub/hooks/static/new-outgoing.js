// Create an outgoing webhook; then its secret, which is shown once, with a program that answers.
import { Field, FieldProblem, useForm } from "../../web/static/form-fields.js"
import { send } from "../../web/static/http.js"
import { html } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { CopyField } from "../../people/static/share-link.js"
import { Example } from "./command-example.js"
import { nameOf } from "./places.js"

const TRIGGERS = ["mention", "keyword", "message", "command"], EXAMPLES = { command: "/deploy", words: "deploy, rollback", url: "https://example.com/hubbub" }

/** Lines of a program, since the build removes the indentation of templates. @param {string} secret */
const program = secret => [
  "# pip install flask slack_sdk",
  "import flask",
  "from slack_sdk.signature import SignatureVerifier",
  "",
  `app, signed = flask.Flask(__name__), SignatureVerifier("${secret}")`,
  "",
  '@app.post("/")',
  "def answer():",
  '    if not signed.is_valid_request(flask.request.get_data(), flask.request.headers):',
  "        flask.abort(401)",
  '    return flask.request.form["text"].upper()',
].join("\n")

/** @param {{ answer: { secret: string, token: string } }} props */
function Created({ answer }) {
  return html`<div class="once"><p><b>${t("hooks.out.created")}</b></p><${CopyField} text=${answer.secret} label=${t("hooks.out.secret")} />
    <${Example} title=${t("hooks.out.example")} text=${program(answer.secret)} /><p class="hint">${t("hooks.out.token", { token: answer.token })}</p></div>`
}

/** @param {{ bot: import("./types").Bot, onCreated: () => Promise<unknown> }} props */
export function NewOutgoing({ bot, onCreated }) {
  const created = useSignal(/** @type {any} */ (null)), trigger = useSignal("mention"), prefix = `bot-${bot.id}-out-`
  const form = useForm(async ({ url, word = "", about = "", channel, json }) => {
    const answer = await send("POST", `/api/bots/${bot.id}/outgoing`, { url, trigger: trigger.value, word, about, channel, format: json === "on" ? "json" : "form" })
    if (answer.error) return answer
    const field = /** @type {HTMLInputElement} */ (document.getElementById(`${prefix}url`))
    field.value = ""
    created.value = answer.ok
    await onCreated()
  }, prefix)
  const isCommand = trigger.value === "command"
  return html`${created.value && html`<${Created} answer=${created.value} />`}
    <form class="form" onSubmit=${form.submit}><div class="pair"><label>${t("hooks.out.trigger")}<select class="field" ...${form.attributesOf("trigger")} onChange=${(/** @type {any} */ { target }) => { trigger.value = target.value }}>
        ${TRIGGERS.map(one => html`<option value=${one}>${t(`hooks.out.trigger.${one}`, { handle: bot.handle })}</option>`)}</select></label>
      <label>${t("hooks.out.channel")}<select class="field" ...${form.attributesOf("channel")}><option value="">${t("hooks.out.everywhere")}</option>
        ${["room:1", ...bot.rooms].map(channel => html`<option value=${channel}>${`#${nameOf(channel)}`}</option>`)}</select></label></div>
      ${isCommand && html`<div class="pair"><${Field} form=${form} name="word" label=${t("hooks.out.command")} placeholder=${EXAMPLES.command} required maxlength="33" autocomplete="off" spellcheck="false" />
        <${Field} form=${form} name="about" label=${t("hooks.out.about")} placeholder=${t("hooks.out.about.example")} maxlength="100" autocomplete="off" /></div>`}
      ${trigger.value === "keyword" && html`<${Field} form=${form} name="word" label=${t("hooks.out.words")} placeholder=${EXAMPLES.words} required maxlength="100" autocomplete="off" />`}
      <${Field} form=${form} name="url" label=${t("hooks.out.url")} placeholder=${EXAMPLES.url} type="url" required maxlength="1000" autocomplete="off" />
      <label class="check"><input type="checkbox" name="json" />${t("hooks.out.json")}</label>
      <${FieldProblem} form=${form} /><div class="buttons"><button class="plain" aria-busy=${form.busy.value ? "true" : "false"}>${t("hooks.out.create")}</button></div></form>`
}
