// A small cache that forgets what was used longest ago.

export interface Lru<Value> {
  /** Returns the value under `key`, made by `make` when it is not there. A promise that fails is forgotten. */
  get(key: string, make: () => Value): Value
}

/** Returns a cache of at most `size` values. */
export function createLru<Value>(size: number): Lru<Value> {
  // A Map remembers the order of insertion: the first key is the oldest.
  const values = new Map<string, Value>()
  return {
    get(key, make) {
      const known = values.get(key)
      const value = known ?? make()
      values.delete(key)
      values.set(key, value)
      if (known === undefined && value instanceof Promise) {
        value.catch(() => {
          if (values.get(key) === value) values.delete(key)
        })
      }
      const oldest = values.keys().next()
      if (values.size > size && !oldest.done) values.delete(oldest.value)
      return value
    },
  }
}
