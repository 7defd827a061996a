// The texts that I began and did not send, in all rooms and threads.
import { html, Icon, openPanel } from "../../web/static/shell.js"
import { navigate } from "../../web/static/router.js"
import { toast } from "../../web/static/toast.js"
import { t } from "../../web/static/strings.js"
import { draft, saveDraft, startedDrafts } from "./drafts.js"
import { Heading } from "./list-heading.js"

/** @param {{ id: string }} props */
function Draft({ id }) {
  const [channel, root] = id.split("/"), thread = Number(root), text = draft(channel, thread).value
  const open = () => { navigate(`/room/${channel.slice(5)}`); if (thread) openPanel({ kind: "thread", channel, root: thread }) }
  function discard() {
    saveDraft(channel, thread, "")
    toast(t("chat.drafts.discarded"), { verb: t("chat.undo"), act: () => saveDraft(channel, thread, text) })
  }
  return html`<li class="later"><${Heading} channel=${channel} more=${thread > 0 && t("chat.drafts.thread")}>
      <button class="ghost" type="button" aria-label=${t("chat.drafts.discard")} title=${t("chat.drafts.discard")} onClick=${discard}><${Icon} name="trash-2" /></button><//>
    <button class="cover-link" type="button" aria-label=${t("chat.drafts.open")} onClick=${open}></button>
    <p class="excerpt" dir="auto">${text}</p></li>`
}

export function Drafts() {
  const ids = [...startedDrafts.value].reverse()
  if (!ids.length) return html`<div class="empty"><${Icon} name="pencil" /><h2>${t("chat.drafts.none")}</h2><p>${t("chat.drafts.how")}</p></div>`
  return html`<ol class="later-list" aria-label=${t("chat.nav.drafts")}>${ids.map(id => html`<${Draft} key=${id} id=${id} />`)}</ol>`
}
