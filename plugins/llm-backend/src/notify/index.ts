/**
 * Tells people what they would otherwise have to look for: that a request waits for them, what came of theirs, that a key leaked, that a
 * grant ends. `messages.ts` decides who hears what; `Notifier` follows the audit chain and sends.
 */
export { Notifier } from './Notifier';
