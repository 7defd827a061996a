// The page's entry: start it. In the bundle, the slices come before this (see bin/build).
import { start } from "./app.js"

start()
