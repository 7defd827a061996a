declare module "../../web/static/types" {
  interface Item { hook?: { tone?: string; state?: "open" | "resolved" } }
}
export {}
