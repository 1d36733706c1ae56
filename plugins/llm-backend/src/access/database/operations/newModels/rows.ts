/** A row of `new_models`. */
export interface NewModelRow {
  request_id: string;
  /** JSON. */
  manifest: string;
  applied_at: string | null;
  problem: string | null;
}
