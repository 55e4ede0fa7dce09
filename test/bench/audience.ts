// Databases with subscribers and an approved campaign: made once by the product's own import, copied for each line.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import { loadReference } from '../../src/congress/reference.ts'
import { systemClock } from '../../src/core/clock.ts'
import { connect } from '../../src/store/connect.ts'
import { migrate } from '../../src/store/migrate.ts'
import { approvedCampaign } from '../support/reference-campaign.ts'
import type { Lab } from './lab.ts'
import { writePeople, zipsOfTheMap } from './people.ts'
import { usageOf } from './processes.ts'
import type { ImportLine } from './results.ts'
import { ROOT } from './root.ts'

export interface Audience {
  /** The database to copy. */
  database: string
  campaignId: string
  people: number
  imported: ImportLine
}

export interface Audiences {
  /** Returns the audience of that size: everywhere, or all of them in one ZIP, hence with one variant. */
  of(people: number, where?: 'everywhere' | 'one ZIP'): Promise<Audience>
}

/** Of the one-variant audience: an ordinary ZIP in Portland, in one House seat. */
const ONE_ZIP = '97212'

/** Returns the audiences of this run; each is made when it is first asked for. */
export function createAudiences(lab: Lab): Audiences {
  const made = new Map<string, Promise<Audience>>()
  return {
    of(people, where = 'everywhere') {
      const database = `${where === 'everywhere' ? 'people' : 'neighbours'}_${people}`
      const known = made.get(database) ?? makeAudience(lab, database, people, where === 'everywhere' ? null : ONE_ZIP)
      made.set(database, known)
      return known
    },
  }
}

async function makeAudience(lab: Lab, database: string, people: number, zip: string | null): Promise<Audience> {
  lab.note(`making an audience of ${people} ${zip === null ? 'people everywhere' : `people in ${zip}`}`)
  await lab.cluster.create(database)
  const url = await lab.cluster.url(database)
  await using store = connect(url, { max: 2 })
  await migrate(store)
  await loadReference(store.db, path.join(ROOT, 'fixtures/congress-115'), systemClock)
  const imported = await importPeople(lab, url, people, zip === null ? await zipsOfTheMap() : [zip])
  const campaignId = await approvedCampaign(store.db)
  // An established list has been looked at by autovacuum long ago.
  await sql`VACUUM (ANALYZE)`.execute(store.db)
  return { database, campaignId, people, imported }
}

/** The whole command line: start-up, reading, checking, writing. */
async function importPeople(lab: Lab, url: string, people: number, zips: readonly string[]): Promise<ImportLine> {
  const file = path.join(lab.folder, `people-${people}.csv`)
  await writePeople(file, people, zips)
  await lab.cluster.settleDown()
  const postgresBefore = await lab.cluster.cpuMs()
  const run = await usageOf(lab.rollcall(['subscribers', 'import', file, '--json'], { DATABASE_URL: url }))
  const postgresMs = (await lab.cluster.cpuMs()) - postgresBefore
  await rm(file)
  const { added } = JSON.parse(run.stdout) as { added: number }
  if (added !== people) throw new Error(`the import added ${added} of ${people} subscribers`)
  return {
    rows: people,
    seconds: run.wallMs / 1000,
    nodeMicros: (run.cpuMs * 1000) / people,
    postgresMicros: (postgresMs * 1000) / people,
    peakBytes: run.peakBytes,
  }
}
