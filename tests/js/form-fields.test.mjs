// Forms: an error belongs to the field that it names, and every form of the page attaches errors that way.
import "./browser-globals.mjs"
import assert from "node:assert/strict"
import { readFileSync, readdirSync } from "node:fs"
import { test } from "node:test"

const { fieldOf } = await import("../../hubbub/web/static/form-fields.js")
const ROOT = new URL("../../hubbub/", import.meta.url).pathname
const JOIN = ["name", "handle", "password"]
const TABLE = [
  ["error.handle_taken", JOIN, "handle"], ["error.handle_reserved", JOIN, "handle"], ["error.name_invisible", JOIN, "name"],
  ["error.password_like_name", JOIN, "password"], ["error.password_too_short", JOIN, "password"], ["error.link_invalid", JOIN, ""],
  ["error.wrong_password", ["handle", "password"], "password"], ["error.too_many_attempts", ["handle", "password"], ""],
  ["error.old_password_wrong", ["old", "password"], "old"], ["error.password_common", ["old", "password"], "password"],
  ["error.room_name_taken", ["name", "topic", "people"], "name"], ["error.topic_too_long", ["name", "topic", "people"], "topic"],
  ["error.status_too_long", ["name", "handle", "status"], "status"], ["error.title_missing", ["title", "where"], "title"],
  ["error.token_limit", ["name", "scope", "days"], ""], ["error.anything", ["level"], "level"],
]

test("the id of an error tells its field", () => {
  assert.deepEqual(TABLE.map(([id, names]) => [id, names, fieldOf({ id }, names)]), TABLE)
})

test("a field that the server or the page names comes first", () => {
  assert.equal(fieldOf({ id: "error.field_too_long", params: { field: "topic" } }, ["name", "topic"]), "topic")
  assert.equal(fieldOf({ id: "error.name_missing", field: "people" }, ["name", "people"]), "people")
})

test("every form attaches its errors to its fields", () => {
  const own = /composer\.js|search-field\.js|audit-log\.js/ // a message, searches
  const folders = readdirSync(ROOT).map(slice => `${ROOT}${slice}/static`)
  const files = folders.flatMap(folder => { try { return readdirSync(folder, { recursive: true }).map(file => `${folder}/${file}`) } catch { return [] } })
  const forms = files.filter(file => file.endsWith(".js") && !/vendor/.test(file) && !own.test(file)).flatMap(file =>
    [...readFileSync(file, "utf8").matchAll(/<form[^]*?>/g)].map(([tag]) => [file, tag]))

  assert.ok(forms.length > 11)
  assert.deepEqual(forms.filter(([, tag]) => !tag.includes("form.submit")), [])
})
