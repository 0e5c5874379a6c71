export type Toast = { text: string; failed: boolean; action?: { label: string; run: () => void } }

/** One at a time: a newer one replaces the older. */
class Toasts {
  now = $state<Toast>()

  say(text: string, action?: Toast['action']) {
    this.now = { text, failed: false, action }
  }

  /** A failure stays until it is closed. */
  fail(err: unknown) {
    this.now = { text: err instanceof Error ? err.message : String(err), failed: true }
  }

  close() {
    this.now = undefined
  }
}

export const toasts = new Toasts()
