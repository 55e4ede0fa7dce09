// The first import of the command line: refuses a Node.js that is too old before anything else is loaded.
import process from 'node:process'

const NEEDED = 24

const major = Number(process.versions.node.split('.')[0])
if (major < NEEDED) {
  process.stderr.write(
    `rollcall needs Node.js ${NEEDED} or newer; this is ${process.versions.node}.\n` +
      `  Run it through npm (npm run rollcall -- ARGS): npm ci brings a Node.js ${NEEDED} of its own.\n`,
  )
  process.exit(1)
}
