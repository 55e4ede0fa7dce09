// Claims about "your" legislators that the ZIP code does not support.
import type { Problem } from '../problem.ts'
import type { VariantView } from '../view.ts'

const DID = '(?:voted|did not vote|has no vote|was not yet sworn in|is an? )'
const REPRESENTATIVE = new RegExp(
  `\\byour (?:own )?(?:representative|delegate|congress(?:man|woman|member))(?:,? [^.;:?!\\n]{0,60}?)? ${DID}`,
  'i',
)
const SENATORS = new RegExp(`\\byour (?:own |two )?senators?(?:,? [^.;:?!\\n]{0,60}?)? ${DID}`, 'i')
// "Your representative is A or B", "Your representative may be …": said of candidates, and true.
const OPEN = /\b(?:may|might|could|either|or|whoever|one of)\b/i

/** Returns sentences that call an uncertain legislator the subscriber's own: "your representative voted No" in a split ZIP. */
export function lintClaims(copy: string, where: string, view: VariantView): Problem[] {
  const hasSenator = view.certainSeats.some((seat) => seat.isSenate)
  const hasHouse = view.certainSeats.some((seat) => !seat.isSenate)
  const prose = copy.replace(/\s+/g, ' ')
  return [
    ...(hasHouse ? [] : claim(REPRESENTATIVE, prose, where)),
    ...(hasSenator ? [] : claim(SENATORS, prose, where)),
  ]
}

function claim(pattern: RegExp, prose: string, where: string): Problem[] {
  const found = pattern.exec(prose)?.[0]
  if (found === undefined || OPEN.test(found)) return []
  const message = `${where} says ${JSON.stringify(found)} where the ZIP code does not tell whose seat it is`
  const hint = 'say it of the candidates: "A or B may represent you; both voted No"'
  return [{ severity: 'error', code: 'claim_uncertain', message, hint }]
}
