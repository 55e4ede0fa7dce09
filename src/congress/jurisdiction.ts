// The 56 jurisdictions with a seat in Congress: 50 states, the District of Columbia and five territories.

export interface Jurisdiction {
  usps: string
  /** Two digits (FIPS 5-2). */
  fips: string
  name: string
  kind: 'state' | 'dc' | 'territory'
}

const STATES =
  'AL01Alabama AK02Alaska AZ04Arizona AR05Arkansas CA06California CO08Colorado CT09Connecticut DE10Delaware FL12Florida ' +
  'GA13Georgia HI15Hawaii ID16Idaho IL17Illinois IN18Indiana IA19Iowa KS20Kansas KY21Kentucky LA22Louisiana ME23Maine ' +
  'MD24Maryland MA25Massachusetts MI26Michigan MN27Minnesota MS28Mississippi MO29Missouri MT30Montana NE31Nebraska ' +
  'NV32Nevada NH33New_Hampshire NJ34New_Jersey NM35New_Mexico NY36New_York NC37North_Carolina ND38North_Dakota OH39Ohio ' +
  'OK40Oklahoma OR41Oregon PA42Pennsylvania RI44Rhode_Island SC45South_Carolina SD46South_Dakota TN47Tennessee TX48Texas ' +
  'UT49Utah VT50Vermont VA51Virginia WA53Washington WV54West_Virginia WI55Wisconsin WY56Wyoming'
const TERRITORIES = 'AS60American_Samoa GU66Guam MP69Northern_Mariana_Islands PR72Puerto_Rico VI78U.S._Virgin_Islands'

/** All 56, in order of postal code. */
export const JURISDICTIONS: readonly Jurisdiction[] = [
  ...table(STATES, 'state'),
  ...table('DC11District_of_Columbia', 'dc'),
  ...table(TERRITORIES, 'territory'),
].toSorted((a, b) => (a.usps < b.usps ? -1 : 1))

const BY_USPS = new Map(JURISDICTIONS.map((each) => [each.usps, each]))

/** Returns the jurisdiction of a two-letter postal code, or null. */
export function jurisdiction(usps: string): Jurisdiction | null {
  return BY_USPS.get(usps) ?? null
}

/** Returns the name in words (`Oregon`), or the code itself when it is none of the 56. */
export function stateName(usps: string): string {
  return BY_USPS.get(usps)?.name ?? usps
}

function table(text: string, kind: Jurisdiction['kind']): Jurisdiction[] {
  return text.split(' ').map((entry) => ({
    usps: entry.slice(0, 2),
    fips: entry.slice(2, 4),
    name: entry.slice(4).replaceAll('_', ' '),
    kind,
  }))
}
