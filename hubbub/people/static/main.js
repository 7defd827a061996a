// The people slice of the page: who I am, who is here, and everybody's name.
import { boot } from "../../web/static/boot.js"
import { follow, reduce } from "../../web/static/channels.js"
import * as live from "../../web/static/live.js"
import { add } from "../../web/static/shell.js"
import { Closed } from "./closed.js"
import { learn, meet } from "./directory.js"
import { Foot } from "./foot.js"
import { HereButton, HereSection } from "./here.js"
import "./presence.js"
import { Welcome } from "./welcome.js"

reduce("person", (_, entry) => learn(entry.data))
follow({ channel: "people:all", items: [], as_of: boot.peopleAsOf ?? [0, ""] })
live.listen((event, payload) => {
  if (event !== "reset") return
  if (payload.channel === "people:all") payload.items.forEach(learn)
  else meet(payload.people)
})

add("sections", HereSection)
add("foot", Foot)
add("actions", HereButton)
add("notices", Welcome)
add("gates", Closed)
