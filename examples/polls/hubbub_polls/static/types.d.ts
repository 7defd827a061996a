import type { Poll } from "./reducers.js"

declare module "../../web/static/types" {
  interface Item { poll?: Poll }
}
