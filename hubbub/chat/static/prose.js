// A message's text as elements: line breaks as written, links to the web, emoji alone larger; never markup from strings.
import { html } from "../../web/static/ui.js"
import { isEmojiOnly, tokens } from "./plain.js"

/** @param {{ text: string }} props */
export function Prose({ text }) {
  return html`<p class=${isEmojiOnly(text) ? "prose emoji" : "prose"} dir="auto">${tokens(text).map(token => token.href
    ? html`<a href=${token.href} target="_blank" rel="noopener noreferrer">${token.text}</a>`
    : token.text)}</p>`
}
