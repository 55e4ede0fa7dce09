// Every operation of the API, in the order of its page.
import type { Operation } from './operation.ts'
import { AUDIT } from './operations/audit.ts'
import { CAMPAIGN_LOOK } from './operations/campaign-look.ts'
import { CAMPAIGN_RULES } from './operations/campaign-rules.ts'
import { CAMPAIGN_SEND } from './operations/campaign-send.ts'
import { CAMPAIGNS } from './operations/campaigns.ts'
import { COMPLIANCE } from './operations/compliance.ts'
import { CONGRESS } from './operations/congress.ts'
import { DELIVERIES } from './operations/deliveries.ts'
import { FEEDBACK } from './operations/feedback.ts'
import { LANES } from './operations/lanes.ts'
import { SELF } from './operations/self.ts'
import { SUBSCRIBERS } from './operations/subscribers.ts'
import { SUPPRESSIONS } from './operations/suppressions.ts'

export const OPERATIONS: readonly Operation[] = [
  ...SELF,
  ...CAMPAIGNS,
  ...CAMPAIGN_RULES,
  ...CAMPAIGN_LOOK,
  ...CAMPAIGN_SEND,
  ...DELIVERIES,
  ...LANES,
  ...CONGRESS,
  ...SUBSCRIBERS,
  ...SUPPRESSIONS,
  ...COMPLIANCE,
  ...FEEDBACK,
  ...AUDIT,
]
