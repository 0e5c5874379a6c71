/** The present, to the half minute, for times that are told relative to it. */
class Now {
  ms = $state(Date.now())

  constructor() {
    setInterval(() => (this.ms = Date.now()), 30_000)
  }
}

export const now = new Now()
