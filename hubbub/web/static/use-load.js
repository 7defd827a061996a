// Load what a view shows, and load it again when the page is back online.
import { connectionState } from "./connection.js"
import { useEffect, useRef } from "./vendor/preact.js"

/**
 * An effect that also runs again when the connection is back after it was lost.
 * @param {() => void | (() => void)} load @param {any[]} [inputs]
 */
export function useLoad(load, inputs = []) {
  const offline = connectionState.value === "offline", wasOffline = useRef(offline)
  useEffect(() => {
    const isLost = offline && !wasOffline.current
    wasOffline.current = offline
    return isLost ? undefined : load()
  }, [offline, ...inputs])
}
