export { default as MarkdownIt, Token } from "markdown-it"
