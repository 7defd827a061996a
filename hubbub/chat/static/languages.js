// The languages of code blocks, for the suggestions after ```.
import { bestMatches } from "./matches.js"

/** As in vendor/highlight.js, each with the other names under which people look for it. */
const LANGUAGES = ["bash sh shell", "c", "cpp c++", "csharp c#", "css", "diff patch", "dockerfile docker", "elixir", "go golang", "graphql", "haskell", "ini toml", "java",
  "javascript js node", "json", "kotlin", "lua", "makefile", "nginx", "perl", "php", "powershell", "python py", "r", "ruby rb", "rust rs", "scala", "sql", "swift", "typescript ts",
  "xml html svg", "yaml yml"].map(names => ({ names: names.split(" ") }))

/** @param {string} word @returns {import("./autocomplete.js").Suggestion[]} */
export function findLanguages(word) {
  return bestMatches(word, LANGUAGES).map(({ names: [name, ...others] }) => (
    { id: name, insert: `\`\`\`${name}\n`, label: name, note: others.join(", "), icon: "code" }))
}
