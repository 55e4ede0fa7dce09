// rollcall doctor: checks every dependency and setting, and says what to fix.
import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { examineApp, examineMachine, failure, type Finding } from '../doctor.ts'

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const

/** Adds `doctor`. */
export function doctorCommand(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('check every dependency and setting, and say what to fix')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(cli)
      if (options.json) cli.terminal.json(findings)
      else for (const finding of findings) print(cli, finding)
      if (findings.some((finding) => finding.state === 'error')) cli.fail()
    })
}

async function examine(cli: Cli): Promise<Finding[]> {
  try {
    const machine = await examineMachine(await cli.config())
    return [...machine, ...(await cli.withApp(examineApp).catch((error: unknown) => [failure('database', error)]))]
  } catch (error) {
    return [failure('settings', error)]
  }
}

function print({ terminal }: Cli, { name, state, sentence, fix }: Finding): void {
  terminal.line(`${MARKS[state]} ${name}: ${sentence}`)
  if (fix !== undefined) terminal.line(`    ${fix}`)
}
