// The demo: the reference campaign from an empty folder to every inbox, in named steps.
import { setTimeout as sleep } from 'node:timers/promises'
import { checkCampaign } from '../../campaign/check.ts'
import { approveCampaign } from '../../campaign/control.ts'
import type { App } from '../../compose.ts'
import { RollcallError } from '../../core/errors.ts'
import { campaignReport, campaignStatus, type Report } from '../../delivery/report.ts'
import { createSampleCampaign, loadSampleCongress, loadSampleSubscribers } from '../sample.ts'
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
  startWorker(): WorkerProcess
}

const ACTOR = 'demo'
const PATIENCE_MS = 120_000

/** Runs the reference campaign and returns its report. Throws when a step fails or the inbox and the ledger disagree. */
export async function runDemo(stage: Stage): Promise<DemoReport> {
  await loadSampleCongress(stage)
  await loadSampleSubscribers(stage)
  const id = await approveReferenceCampaign(stage)
  await sendToInbox(stage, id)
  const report = await campaignReport(stage.app.db, id)
  assertAgreed(report, stage.inbox)
  return { ...report, inbox: { folder: stage.inbox.folder, messages: stage.inbox.count() } }
}

async function approveReferenceCampaign({ app, terminal }: Stage): Promise<string> {
  const id = await createSampleCampaign({ app })
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
