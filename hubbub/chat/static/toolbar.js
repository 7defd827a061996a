// The toolbar of a message on hover: three emoji, reply, quote, and a menu.
import { Menu } from "../../web/static/menu.js"
import { html, Icon } from "../../web/static/shell.js"
import { t } from "../../web/static/strings.js"
import { mayAct, openThread, react, recentEmoji } from "./actions.js"
import { messageMenu } from "./message-menu.js"
import { pickEmoji } from "./emoji.js"

/** @param {{ icon: string, label: string, act: (event: any) => void }} props */
function Verb({ icon, label, act }) {
  return html`<button class="ghost" type="button" aria-label=${label} title=${label} onClick=${act}><${Icon} name=${icon} /></button>`
}

/** @param {{ item: import("../../web/static/types").Item, context: import("./list-state.js").ListContext }} props */
export function Toolbar({ item, context }) {
  const { channel, root, composer } = context
  const may = mayAct(channel)
  /** @param {any} event */
  const more = event => pickEmoji(event.currentTarget, emoji => react(channel, item, emoji))
  return html`<div class="toolbar" role="toolbar" aria-label=${t("chat.toolbar.label")}>
    ${may && recentEmoji.value.slice(0, 3).map(emoji => html`<button class="ghost" key=${emoji} type="button"
      aria-label=${t("chat.react.with", { emoji })} title=${t("chat.react.with", { emoji })} onClick=${() => react(channel, item, emoji)}>${emoji}</button>`)}
    ${may && html`<${Verb} icon="smile-plus" label=${t("chat.react.more")} act=${more} />`}
    ${!root && html`<${Verb} icon="message-square-text" label=${t("chat.thread.reply")} act=${() => openThread(channel, item.thread ?? item.seq)} />`}
    ${may && html`<${Verb} icon="text-quote" label=${t("chat.quote.verb")} act=${() => composer.quote(item)} />`}
    <${Menu} label=${t("chat.toolbar.more")} icon="ellipsis" items=${messageMenu(item, context)} />
  </div>`
}
