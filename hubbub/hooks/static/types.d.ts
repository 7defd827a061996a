declare module "../../web/static/types" {
  interface Item { hook?: { tone?: string; state?: "open" | "resolved"; buttons?: { id: string; text: string; style?: string; confirm?: string }[] } }
}
export interface Bot { id: number; name: string; handle: string; by: number; since: number; tokens: number; rooms: string[] }
export interface Outgoing {
  id: number; bot: number; url: string; channel: string; trigger: string; word: string; about: string; format: string
  since: number; dropped: number; waiting: number; failed: number; last: number
}
export interface Hook {
  id: number; channel: string; person: number; name: string; icon: string; locked: boolean; by: number; since: number
  received: number; template: string; last: number; failed: boolean
}
