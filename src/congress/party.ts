// Parties: the word of the legislators file, and the letter that roll calls and mail use.

/** A party or caucus from a day on. */
export interface PartySince {
  from: string
  party: string
  caucus: string | null
}

/** Returns the letter mail prints after a name: `D`, `R`, `I`, `L`; another party's first letter. */
export function partyLetter(party: string): string {
  return party.trim().slice(0, 1).toUpperCase()
}

/** Returns the party in force on a day: the last entry that starts on or before it, else the first. `entries` is in order. */
export function partyOn(entries: readonly PartySince[], day: string): PartySince | null {
  return entries.findLast((entry) => entry.from <= day) ?? entries[0] ?? null
}
