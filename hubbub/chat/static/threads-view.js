// The threads I follow, unread ones first.
import { get } from "../../web/static/http.js"
import { html, Icon } from "../../web/static/shell.js"
import { useLoad } from "../../web/static/use-load.js"
import { useSignal } from "../../web/static/vendor/preact.js"
import { ago } from "../../web/static/dates.js"
import { t } from "../../web/static/strings.js"
import { Avatar } from "../../people/static/avatar.js"
import { addPeople, person } from "../../people/static/directory.js"
import { openThread } from "./actions.js"
import { excerpt } from "./markdown.js"
import { messageAt } from "./quote.js"
import { room, roomName, threads } from "./user-state.js"

/** @param {{ thread: any }} props */
function Followed({ thread }) {
  const { channel, root, replies = 0, unread = 0, item } = thread, here = room(channel)
  const given = item ?? (typeof root === "object" ? root : null), seq = given?.seq ?? root
  const message = given && messageAt(channel, seq, given)
  return html`<li><button class=${unread ? "thread-row unread" : "thread-row"} type="button" onClick=${() => openThread(channel, seq)}>
    <span class="where">${here ? roomName(here) : ""} ${thread.at && html`<time>${ago(thread.at)}</time>`}</span>
    ${message && html`<span class="what"><${Avatar} id=${message.author} small /><b dir="auto">${person(message.author).name}</b> <span dir="auto">${excerpt(message.text, 140)}</span></span>`}
    <span class="count">${t("chat.answers.count", { n: replies })}${unread > 0 && html` <em>${t("chat.answers.new", { n: unread })}</em>`}</span></button></li>`
}

export function Threads() {
  const followed = useSignal(/** @type {any[] | null} */ (null)), problem = useSignal("")
  const standing = threads.value
  useLoad(() => {
    get("/api/threads").then(({ ok, error }) => {
      problem.value = error ?? ""
      if (error) return
      addPeople(ok.people)
      followed.value = ok.threads ?? ok.items ?? ok
    })
  }, [standing])
  if (problem.value) return html`<div class="empty"><${Icon} name="circle-alert" /><p>${problem.value}</p></div>`
  if (!followed.value) return html`<div class="empty" aria-busy="true"><${Icon} name="loader-circle" spin /></div>`
  if (!followed.value.length) return html`<div class="empty"><${Icon} name="messages-square" /><h2>${t("chat.threads.none")}</h2><p>${t("chat.threads.how")}</p></div>`
  return html`<ol class="threads">${followed.value.map(thread => html`<${Followed} key=${`${thread.channel}/${thread.root?.seq ?? thread.root}`} thread=${thread} />`)}</ol>`
}
