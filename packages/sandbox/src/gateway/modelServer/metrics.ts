/** What one request cost. */
export interface RequestSample {
  promptTokens: number;
  generationTokens: number;
  finishedReason: 'stop' | 'length' | 'abort';
  seconds: number;
  firstTokenSeconds: number;
}

const buckets = [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 60, 600];
const tokenBuckets = [1, 10, 100, 1000, 10_000, 100_000];

class Histogram {
  readonly #counts: number[];
  readonly #bounds: readonly number[];
  #sum = 0;
  #total = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#total += 1;
    for (const [index, bound] of this.#bounds.entries()) {
      if (value <= bound) this.#counts[index] += 1;
    }
  }

  lines(name: string, labels: string): string[] {
    return [
      `# TYPE ${name} histogram`,
      ...this.#bounds.map(
        (bound, index) =>
          `${name}_bucket{${labels},le="${bound}"} ${this.#counts[index]}`,
      ),
      `${name}_bucket{${labels},le="+Inf"} ${this.#total}`,
      `${name}_sum{${labels}} ${this.#sum}`,
      `${name}_count{${labels}} ${this.#total}`,
    ];
  }
}

/**
 * vLLM's metrics of one server, in its names (`facts/data-contracts.md` §3.3): those that a request changes. The key-value cache and the
 * queue are always empty here.
 */
export class ModelMetrics {
  running = 0;
  #promptTokens = 0;
  #generationTokens = 0;
  readonly #finished = new Map([
    ['stop', 0],
    ['length', 0],
    ['abort', 0],
  ]);
  readonly #histograms = {
    'vllm:time_to_first_token_seconds': new Histogram(buckets),
    'vllm:e2e_request_latency_seconds': new Histogram(buckets),
    'vllm:request_prompt_tokens': new Histogram(tokenBuckets),
    'vllm:request_generation_tokens': new Histogram(tokenBuckets),
  };

  observe(sample: RequestSample): void {
    this.#promptTokens += sample.promptTokens;
    this.#generationTokens += sample.generationTokens;
    this.#finished.set(
      sample.finishedReason,
      (this.#finished.get(sample.finishedReason) ?? 0) + 1,
    );
    this.#histograms['vllm:time_to_first_token_seconds'].observe(
      sample.firstTokenSeconds,
    );
    this.#histograms['vllm:e2e_request_latency_seconds'].observe(
      sample.seconds,
    );
    this.#histograms['vllm:request_prompt_tokens'].observe(sample.promptTokens);
    this.#histograms['vllm:request_generation_tokens'].observe(
      sample.generationTokens,
    );
  }

  /** Prometheus text. */
  text(modelName: string): string {
    const labels = `engine="0",model_name="${modelName.replace(
      /["\\\n]/g,
      '_',
    )}"`;
    const gauge = (name: string, value: number) => [
      `# TYPE ${name} gauge`,
      `${name}{${labels}} ${value}`,
    ];
    const counter = (name: string, value: number) => [
      `# TYPE ${name} counter`,
      `${name}{${labels}} ${value}`,
    ];
    return [
      ...gauge('vllm:num_requests_running', this.running),
      ...gauge('vllm:num_requests_waiting', 0),
      ...gauge('vllm:kv_cache_usage_perc', 0),
      ...counter('vllm:prompt_tokens_total', this.#promptTokens),
      ...counter('vllm:generation_tokens_total', this.#generationTokens),
      '# TYPE vllm:request_success_total counter',
      ...[...this.#finished].map(
        ([reason, count]) =>
          `vllm:request_success_total{${labels},finished_reason="${reason}"} ${count}`,
      ),
      ...Object.entries(this.#histograms).flatMap(([name, histogram]) =>
        histogram.lines(name, labels),
      ),
      '',
    ].join('\n');
  }
}
