// Every section of the console, in the order of its rail.
import { makingPages } from './campaigns/making.tsx'
import { sendingPages } from './campaigns/sending.tsx'
import { compliancePages } from './compliance/pages.ts'
import { congressSection } from './congress/pages.ts'
import type { Console } from './console.ts'
import { homePages } from './home.tsx'
import { queuePages } from './queue.ts'
import { domainPages } from './settings/domains.tsx'
import { keyPages } from './settings/keys.tsx'
import { mePages } from './settings/me.tsx'
import { teamPages } from './settings/team.tsx'
import { valuePages } from './settings/values.tsx'
import { enterPages } from './sign-in/enter.tsx'
import { newAccountPages } from './sign-in/new-account.tsx'
import { passwordPages } from './sign-in/password.tsx'
import { secondFactorPages } from './sign-in/second-factor.tsx'
import { subscriberSection } from './subscribers/pages.ts'
import { transportPages } from './transports.tsx'

export const SECTIONS: readonly ((console: Console) => void)[] = [
  homePages,
  transportPages,
  makingPages,
  sendingPages,
  enterPages,
  newAccountPages,
  passwordPages,
  secondFactorPages,
  teamPages,
  keyPages,
  queuePages,
  mePages,
  subscriberSection,
  congressSection,
  compliancePages,
  domainPages,
  valuePages,
]
