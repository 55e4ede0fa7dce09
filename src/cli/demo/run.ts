// The demo: the reference campaign from an empty folder to every inbox, in named steps.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { importSubscribers } from '../../audience/import-csv.ts'
import { checkCampaign } from '../../campaign/check.ts'
import { approveCampaign } from '../../campaign/control.ts'
import { createCampaign } from '../../campaign/create.ts'
import { readTemplateFolder } from '../../campaign/folder.ts'
import { loadZipKnowledge } from '../../campaign/zip-knowledge.ts'
import type { App } from '../../compose.ts'
import { loadReference } from '../../congress/reference.ts'
import { RollcallError } from '../../core/errors.ts'
import { campaignReport, campaignStatus, type Report } from '../../delivery/report.ts'
import type { Terminal } from '../terminal.ts'
import type { Inbox } from './inbox.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface DemoReport extends Report {
  /** Messages the inbox accepted. */
  inbox: { folder: string; messages: number }
}

interface Stage {
  app: App
  terminal: Terminal
  inbox: Inbox
  /** Folder with templates/ and fixtures/. */
  root: string
  startWorker(): WorkerProcess
}

const ACTOR = 'demo'
const PATIENCE_MS = 120_000

/** Runs the reference campaign and returns its report. Throws when a step fails or the inbox and the ledger disagree. */
export async function runDemo(stage: Stage): Promise<DemoReport> {
  await loadCongress(stage)
  await loadSubscribers(stage)
  const id = await approveReferenceCampaign(stage)
  await sendToInbox(stage, id)
  const report = await campaignReport(stage.app.db, id)
  assertAgreed(report, stage.inbox)
  return { ...report, inbox: { folder: stage.inbox.folder, messages: stage.inbox.count() } }
}

async function loadCongress({ app, terminal, root }: Stage): Promise<void> {
  const { rollCalls, changed } = await loadReference(app.db, path.join(root, 'fixtures/congress-115'), app.clock)
  terminal.note(`115th Congress: ${changed ? 'loaded' : 'already there'}; roll calls ${rollCalls.join(', ')}`)
}

async function loadSubscribers({ app, terminal, root }: Stage): Promise<void> {
  const file = path.join(root, 'fixtures/subscribers/sample.csv')
  const deps = { addressKeyKey: app.addressKey, clock: app.clock, knownZip: await loadZipKnowledge(app.db) }
  const report = await importSubscribers(app.db, { path: file }, { source: 'sample list' }, deps)
  terminal.note(
    `subscribers: ${report.rows} rows, ${report.added} added, ${report.unchanged} unchanged, ${report.rejected} rejected`,
  )
}

async function approveReferenceCampaign({ app, terminal, root }: Stage): Promise<string> {
  const files = await readTemplateFolder(path.join(root, 'templates/dream-act-2017'))
  const id = await createCampaign(app.db, files, { actor: ACTOR, clock: app.clock })
  const check = await checkCampaign(app.db, id, app.sender, app.clock)
  const count = (severity: string) => check.problems.filter((problem) => problem.severity === severity).length
  terminal.note(`campaign ${id}: ${count('error')} errors, ${count('warning')} warnings, ${count('notice')} notices`)
  await approveCampaign(app.db, id, check.problems, { actor: ACTOR, clock: app.clock })
  return id
}

async function sendToInbox(stage: Stage, id: string): Promise<void> {
  const { app, terminal } = stage
  await using worker = stage.startWorker()
  const { audience } = await app.launch(id, { expect: null, actor: ACTOR })
  terminal.note(`launched to ${audience} subscribers; a worker process sends`)
  await Promise.race([worker.lost, finished(app, terminal, id, audience)])
}

async function finished(app: App, terminal: Terminal, id: string, audience: number): Promise<void> {
  using progress = terminal.progress('sending', audience)
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const { state, deliveries } = await campaignStatus(app.db, id)
    progress.update(audience - deliveries.pending - deliveries.sending - deliveries.deferred)
    if (state !== 'sending') return
    if (Date.now() > giveUpAt) {
      throw new RollcallError('demo_slow', `after ${PATIENCE_MS / 1000} s ${deliveries.pending} messages still wait`, {
        hint: `rollcall campaign status ${id}`,
      })
    }
    await sleep(150)
  }
}

function assertAgreed({ deliveries, id }: Report, inbox: Inbox): void {
  if (inbox.count() === deliveries.sent) return
  throw new RollcallError(
    'demo_disagrees',
    `the ledger says ${deliveries.sent} messages of ${id} were sent, the inbox took ${inbox.count()}`,
  )
}
