// The reactions to a message: one button per emoji, pressed if I reacted with it.
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { me } from "../../people/static/me.js"
import { mayAct, react } from "./actions.js"
import { joinNames } from "./room-events.js"
import { pickEmoji } from "./emoji.js"

/** @param {{ channel: string, item: import("../../web/static/types").Item }} props */
export function Reactions({ channel, item }) {
  const mine = me.value?.id ?? 0, may = mayAct(channel)
  /** @param {any} event */
  const more = event => pickEmoji(event.currentTarget, emoji => react(channel, item, emoji))
  return html`<div class="reactions">${Object.entries(item.reactions ?? {}).map(([emoji, people]) => {
    const pressed = people.includes(mine)
    const who = t(pressed ? "chat.reactions.mine" : "chat.reactions.who", { who: joinNames(people), emoji })
    return html`<button class="reaction" key=${emoji} type="button" aria-pressed=${pressed ? "true" : "false"} title=${who} disabled=${!may} onClick=${() => react(channel, item, emoji)}>
      <span>${emoji}</span> ${people.length} <span class="visually-hidden">${who}</span></button>`
  })}
    ${may && html`<button class="reaction add" type="button" aria-label=${t("chat.react.more")} title=${t("chat.react.more")} onClick=${more}>
      <${Icon} name="smile-plus" /></button>`}
  </div>`
}
