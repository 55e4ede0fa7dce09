// What a key can learn of itself.
import { z } from 'zod'
import { ALL_PERMISSIONS } from '../../../access/roles.ts'
import { operation } from '../operation.ts'
import { at } from '../shapes.ts'

export const SELF = [
  operation({
    id: 'getKey',
    method: 'get',
    path: '/key',
    group: 'This key',
    summary: 'Whose key this is, and what it may do now',
    scopes: [],
    answer: z.object({
      id: z.string(),
      name: z.string(),
      owner: z.string().describe('as the logs call them'),
      role: z.string(),
      scopes: z.array(z.enum(ALL_PERMISSIONS)),
      expiresAt: at.nullable(),
    }),
    run: async ({ holder, actor }) => ({
      id: holder.keyId,
      name: holder.keyName,
      owner: actor,
      role: holder.role,
      scopes: [...holder.scopes],
      expiresAt: holder.expiresAt,
    }),
  }),
]
