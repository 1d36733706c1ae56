import { countCalls } from './operatorCalls';

describe('countCalls', () => {
  it('tells reads, writes, leases and watches apart', () => {
    const text = [
      '# TYPE slipway_api_calls_total counter',
      'slipway_api_calls_total{verb="apply",resource="deployments",code="201"} 7',
      'slipway_api_calls_total{verb="apply",resource="llmmodels",code="200"} 3',
      'slipway_api_calls_total{verb="list",resource="pods",code="200"} 2',
      'slipway_api_calls_total{verb="get",resource="pods/log",code="0"} 1',
      'slipway_api_calls_total{verb="watch",resource="pods",code="200"} 50',
      'slipway_api_calls_total{verb="update",resource="leases",code="200"} 9',
      'slipway_leader 1',
    ].join('\n');
    expect(countCalls(text)).toEqual({ reads: 3, writes: 10, leaseWrites: 9 });
  });
});
