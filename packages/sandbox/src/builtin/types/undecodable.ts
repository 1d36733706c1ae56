/** A value that Go could not have read; `message` is Go's. */
export class Undecodable extends Error {}
