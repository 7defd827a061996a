// The words of files.
import { say } from "../../web/static/words.js"

say({
  "files.attach": "Attach a file",
  "files.drop": "Drop files to send them to {room}",
  "files.drop.here": "Drop files to attach them",
  "files.remove": "Remove {name}",
  "files.retry": "Try again",
  "files.arriving": "{name}: {n} % has arrived",
  "files.waiting": "waiting for the connection",
  "files.chosen": "Files of this message",
  "files.open": "Look at {name}",
  "files.save": "Save {name}, {size}",
  "files.previous": "Previous picture",
  "files.next": "Next picture",
  "files.original": "The original",
})
