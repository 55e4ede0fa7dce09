// Column types that the row types share.
import type { ColumnType, GeneratedAlways, JSONColumnType } from 'kysely'
/** int8: a string when read, so that no id loses digits. */
export type BigInt8 = ColumnType<string, string | number | bigint, string | number | bigint>
export type BigId = GeneratedAlways<string>
export type Json<T extends object> = JSONColumnType<T>
export type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>
/** daterange, as PostgreSQL prints it: `[2017-01-03,2019-01-03)`. */
export type DateRange = string
