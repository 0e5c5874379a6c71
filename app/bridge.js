// What Wails puts on the page of the real window, over HTTP: window.go.main.App and the part of window.runtime that the page uses.
;(() => {
  const token = new URL(document.currentScript.src).searchParams.get('token')

  const call =
    (method) =>
    async (...args) => {
      const answer = await fetch('/call/' + method, { method: 'POST', headers: { 'X-Bridge-Token': token, 'Content-Type': 'application/json' }, body: JSON.stringify(args) })
      if (!answer.ok) throw new Error(await answer.text())
      const { result, error } = await answer.json()
      if (error !== undefined) throw new Error(error)
      return result
    }
  window.go = { main: { App: new Proxy({}, { get: (_, method) => call(method) }) } }

  const heard = new Map()
  const on = (name, listener, times) => {
    let left = times
    const once = (...data) => {
      if (left > 0 && --left === 0) off()
      listener(...data)
    }
    const off = () => heard.get(name)?.delete(once)
    if (!heard.has(name)) heard.set(name, new Set())
    heard.get(name).add(once)
    return off
  }
  new EventSource('/events?token=' + token).onmessage = (e) => {
    const { name, data } = JSON.parse(e.data)
    for (const listener of [...(heard.get(name) ?? [])]) listener(...data)
  }
  window.runtime = { EventsOnMultiple: on, EventsOn: (name, listener) => on(name, listener, -1), EventsOnce: (name, listener) => on(name, listener, 1), EventsOff: (...names) => names.forEach((n) => heard.delete(n)) }
})()
