// Input methods compose a word from several keys. Until it is confirmed, also by Enter, the keys are theirs: no handler
// of the page gets them. Safari ends the composition before the confirming key, which then has the code 229.

const COMPOSING = 229

/** @param {KeyboardEvent} event */
function stop(event) {
  const isEditor = event.target instanceof Element && event.target.shadowRoot // it has its own handling
  if ((event.isComposing || event.keyCode === COMPOSING) && !isEditor) event.stopImmediatePropagation()
}

for (const kind of /** @type {const} */ (["keydown", "keyup"])) addEventListener(kind, stop, { capture: true })
