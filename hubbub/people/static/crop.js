// Crop a picture in the browser, before it is sent.
const MAX_EDGE = 512

/** Crop a picture to its middle square, at most as large as it is shown. @param {File} file @returns {Promise<Blob>} */
export async function cropToSquare(file) {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height), edge = Math.min(MAX_EDGE, side)
  const canvas = Object.assign(document.createElement("canvas"), { width: edge, height: edge })
  canvas.getContext("2d")?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, edge, edge)
  return new Promise((done, fail) => canvas.toBlob(blob => blob ? done(blob) : fail(new Error("no picture")), "image/png"))
}
