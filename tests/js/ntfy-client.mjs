// Publishes with the npm package ntfy what standard input says, and prints what it gets.
import { readFileSync } from "node:fs"
import { publish } from "ntfy"

console.log(JSON.stringify(await publish(JSON.parse(readFileSync(0, "utf8")))))
