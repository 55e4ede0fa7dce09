// Every section of the console, in the order of its rail.
import type { Console } from './console.ts'
import { mePages } from './settings/me.tsx'
import { teamPages } from './settings/team.tsx'
import { enterPages } from './sign-in/enter.tsx'
import { newAccountPages } from './sign-in/new-account.tsx'
import { passwordPages } from './sign-in/password.tsx'
import { secondFactorPages } from './sign-in/second-factor.tsx'

export const SECTIONS: readonly ((console: Console) => void)[] = [
  enterPages,
  newAccountPages,
  passwordPages,
  secondFactorPages,
  teamPages,
  mePages,
]
