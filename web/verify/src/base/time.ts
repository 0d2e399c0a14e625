// SPDX-License-Identifier: Apache-2.0
import { refuse } from './refusal.js';

/** Whole seconds since 1970 in UTC. */
export type Time = number;

/** How far clocks of two parties may be apart (src/base/clock_tolerance.h). */
export const TOLERANCE = 60;

/** The instant of a calendar date and time that exists; null for one that does not, as the 30th of February. */
export function timeOf(year: number, month: number, day: number, hour: number, minute: number, second: number): Time | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && hour < 24 && minute < 60 && second < 60 ? date.getTime() / 1000 : null;
}

/** RFC 3339 in UTC with whole seconds. */
export function parseTime(text: string): Time {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/.exec(text);
  if (parts === null) return refuse('malformed', 'time: expected YYYY-MM-DDThh:mm:ssZ');
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [number, number, number, number, number, number];
  return timeOf(year, month, day, hour, minute, second) ?? refuse('malformed', 'time: no such day or hour');
}

export function formatTime(time: Time): string {
  return new Date(time * 1000).toISOString().replace('.000Z', 'Z');
}
