/** What the service answers, as far as the page reads it; `/docs` describes it in full. */

export interface Manifest {
  name: string;
  version: number;
  image_shape: [height: number, width: number, channels: number];
  latent_dim: number;
  conditional: boolean;
  beta: number;
  labels: string[];
  dataset: { name: string; sha256: string; test_items: number };
  metrics: Record<string, number>;
  active_units: number;
  kl_per_dimension: number[];
  activity: number[];
  aggregate_posterior: { mean: number[]; standard_deviation: number[] };
  pca: { mean: number[]; components: number[][]; explained_variance: number[] };
  prior?: { kind: string; kl: number; kl_standard: number } | null;
  chart: { home: [u1: number, u2: number]; ground: number[]; class_accuracy: number | null } | null;
}

export interface ModelDescription {
  manifest: Manifest;
  fingerprint: string;
  tiles: { cells: number; max_zoom: number };
  columns: ItemColumn[];
}

export interface ModelListing {
  default: string | null;
  models: { name: string; state: "loading" | "ready" | "refused"; versions: number[] }[];
  detail?: string | null;
}

export interface ItemColumn {
  name: string;
  kind: "number" | "category" | "date" | "text";
}

/** An item as lists have it. */
export interface ListedItem {
  id: number;
  path: string | null;
  split: "train" | "test" | "new";
  label: number | null;
  width: number | null;
  height: number | null;
  columns: Record<string, string | number | null>;
}

/** An item of a review's list, with what that list says of it. */
export interface Reviewed {
  id: number;
  path: string | null;
  label: number | null;
  suggested?: number;
  sureness?: number;
  group?: number;
  similarity?: number;
  deviations?: number;
  reconstruction?: number;
}

export interface Item extends ListedItem {
  z_mean: number[];
  z_log_var: number[];
  reconstruction: number;
}

export interface Neighbour {
  id: number;
  label: number | null;
  distance: number;
}

export interface FoundDirection {
  id: string;
  direction: number[];
  auc: number | null;
  low: number;
  high: number;
}

/** A batch of decoded images; `pixels` are of shape (count, height, width, channels). */
export interface Images {
  count: number;
  height: number;
  width: number;
  channels: number;
  pixels: Uint8Array;
}
