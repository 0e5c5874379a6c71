/** Runs changes one after the other, each from what the one before has left: quick clicks then never undo each other. */
export function inTurn() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(change: () => Promise<T>): Promise<T> => {
    const next = last.then(change, change)
    last = next
    return next
  }
}
