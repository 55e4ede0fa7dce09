// Who was Speaker on a day: the Clerk lists the Speaker only when the Speaker votes.
import type { Day } from './day.ts'

interface Speakership {
  bioguide: string
  from: Day
  /** The first day without this Speaker; null while it lasts or when the next one follows at once. */
  until: Day | null
}

// history.house.gov, List of Speakers of the House.
const SPEAKERS: readonly Speakership[] = [
  { bioguide: 'B000589', from: '2011-01-05', until: null }, // Boehner
  { bioguide: 'R000570', from: '2015-10-29', until: null }, // Ryan
  { bioguide: 'P000197', from: '2019-01-03', until: '2023-01-03' }, // Pelosi
  { bioguide: 'M001165', from: '2023-01-07', until: '2023-10-04' }, // McCarthy, removed in the afternoon of 3 October
  { bioguide: 'J000299', from: '2023-10-25', until: null }, // M. Johnson
]

/** Returns whether this person was the Speaker on that day; false for days before 2011, which the list does not cover. */
export function isSpeaker(bioguide: string, on: Day): boolean {
  const latest = SPEAKERS.findLast((speakership) => speakership.from <= on)
  return latest?.bioguide === bioguide && (latest.until === null || on < latest.until)
}
