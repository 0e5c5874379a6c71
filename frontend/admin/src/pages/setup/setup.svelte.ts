import type { Status } from '../../api'

/** Whether the set-up pages fill the window: from the first start until the owner leaves them, and again when something is missing at a later start. */
class Setup {
  shown = $state<boolean>()
  /** The step to begin with, where it is not the one that is due. */
  first: 'proxy' | undefined

  see(status: Status) {
    const begun = status.owner != null && status.pin.mode !== ''
    if (!begun) this.shown = true
    else this.shown ??= !status.ownerReady
  }

  /** Finished, or put off until the window is opened again. */
  leave() {
    this.shown = false
  }

  /** Asks for what is missing now, such as a passkey after the trial was left. */
  resume(first?: 'proxy') {
    this.first = first
    this.shown = true
  }
}

export const setup = new Setup()
