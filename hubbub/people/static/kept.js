// Stored in this browser for offline use: me, and the names of those whom this page knows.
import { boot } from "../../web/static/boot.js"
import { channel } from "../../web/static/channels.js"
import { keepPart } from "../../web/static/keep-channels.js"
import { knownPeople } from "./directory.js"
import { me } from "./me.js"

const MOST = 1000

keepPart("me", () => me.value)
keepPart("workspace", () => boot.workspace)
keepPart("peopleAsOf", () => channel("people:all").log.cursor)
keepPart("people", () => Object.fromEntries(knownPeople().filter(({ id, name }) => id && name).slice(-MOST).map(person => [person.id, person])))
