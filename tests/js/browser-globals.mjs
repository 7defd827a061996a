// The few globals of a browser that modules of the page need when they are loaded in Node.
const none = () => null
globalThis.location ??= { pathname: "/", search: "", origin: "http://page.test", host: "page.test", protocol: "http:", port: "" }
globalThis.history ??= { state: null, pushState() {}, replaceState() {} }
globalThis.addEventListener ??= () => {}
globalThis.requestAnimationFrame ??= act => setTimeout(act, 0)
globalThis.matchMedia ??= () => ({ matches: true, addEventListener() {} })
globalThis.localStorage ??= { getItem: none, setItem() {}, removeItem() {} }
globalThis.document ??= {
  getElementById: none, querySelector: none, addEventListener() {}, body: { dataset: {} }, documentElement: { dataset: {} },
  hidden: false, hasFocus: () => true,
}
Object.defineProperty(globalThis, "navigator", { value: { platform: "" }, configurable: true })
globalThis.CSS ??= { supports: () => true }
globalThis.Element ??= class {}
