import { api, ApiError, on, type Status } from './api'
import { route } from './route.svelte'

/** What every page shares: the provider's state, and the number that grows whenever anything changed. */
class Live {
  status = $state<Status>()
  failure = $state('')
  change = $state(0)
  remote = $state('')
  trayNotice = $state(false)

  start(): () => void {
    const touch = () => this.touch()
    const stops = [on('changed', touch), on('tray-notice', () => void this.readTrayNotice()), on('approvals', () => route.go('overview'))]
    addEventListener('focus', touch)
    void this.read()
    void this.readTrayNotice()
    void api.remote().then((text) => (this.remote = text)).catch(() => undefined)
    return () => {
      stops.forEach((stop) => stop())
      removeEventListener('focus', touch)
    }
  }

  /** Everything shown is read again; called after each change of our own, without waiting for the event. */
  touch() {
    this.change++
    void this.read()
  }

  async read() {
    try {
      this.status = await api.status()
      this.failure = ''
    } catch (err) {
      this.failure = err instanceof ApiError ? err.message : String(err)
    }
  }

  async readTrayNotice() {
    this.trayNotice = await api.trayNotice().catch(() => false)
  }

  async dismissTrayNotice() {
    this.trayNotice = false
    await api.dismissTrayNotice().catch(() => undefined)
  }
}

export const live = new Live()
