import type { StoredObject } from '../../types';
import type { Queue } from '../../world/loop';
import { aiGatewayRouteSpec, groups, splitKey } from '../kinds';
import { policyTargets, securitySpec, selectedKinds } from '../security';
import { routeTerms, targetTerm } from '../terms';
import type { ControllerContext } from './context';

/** How long statuses that grow with the number of routes wait for more of them: counts, and lists of routes. */
const summaryDelayMs = 100;

/** The queue of each controller. */
export interface Queues {
  classes: Queue;
  gateways: Queue;
  aiRoutes: Queue;
  routes: Queue;
  policies: Queue;
  clientPolicies: Queue;
  backendPolicies: Queue;
  pools: Queue;
}

/** Says which objects have to be looked at again when one changes. */
export class Triggers {
  readonly #context: ControllerContext;
  readonly #queues: Queues;

  constructor(context: ControllerContext, queues: Queues) {
    this.#context = context;
    this.#queues = queues;
  }

  /** Something a Gateway depends on, or the Gateway itself. */
  gateway(key: string): void {
    const { plane } = this.#context;
    plane.forgetListeners(key);
    this.#queues.gateways.add(key);
    for (const routeKey of plane.routes.owners(`gateway:${key}`))
      this.route(routeKey);
    const { namespace } = splitKey(key);
    for (const policy of plane.views.clientTrafficPolicies.all()) {
      if (policy.metadata.namespace === namespace) {
        this.#queues.clientPolicies.add(`${namespace}/${policy.metadata.name}`);
      }
    }
    this.#gatewayPolicies(key);
    for (const [routeKey, route] of this.#aiRoutes()) {
      const names = (aiGatewayRouteSpec(route).parentRefs ?? []).map(
        ref => ref.name,
      );
      if (names.includes(splitKey(key).name))
        this.#queues.aiRoutes.add(routeKey);
    }
  }

  /** A route, or something it depends on. */
  route(key: string, before?: StoredObject, now?: StoredObject): void {
    const { plane } = this.#context;
    this.#queues.routes.add(key);
    for (const policy of plane.policiesFor(targetTerm('HTTPRoute', key)))
      this.policy(policy);
    for (const policyKey of plane.backendPolicies.owners(
      targetTerm('HTTPRoute', key),
    ))
      this.#queues.backendPolicies.add(policyKey);
    const terms = [...plane.routes.terms(key)];
    for (const route of [before, now]) {
      if (route) terms.push(...routeTerms(route));
    }
    for (const term of new Set(terms)) {
      if (term.startsWith('gateway:'))
        this.#summary(term.slice('gateway:'.length));
      const pool = `backend:${groups.inference}/InferencePool/`;
      if (term.startsWith(pool))
        this.#queues.pools.add(term.slice(pool.length));
    }
  }

  /** A policy whose surroundings changed. */
  policy({ metadata: { namespace, name } }: StoredObject): void {
    this.#queues.policies.add(`${namespace}/${name}`);
  }

  /** A policy that came, changed or went: others may have its targets now. */
  policyChanged(
    key: string,
    now: StoredObject | undefined,
    before: StoredObject | undefined,
  ): void {
    const { plane } = this.#context;
    const { namespace } = splitKey(key);
    if (now) this.#queues.policies.add(key);
    // A policy that may select anything is merged into whatever is below.
    if ([before, now].some(policy => policy && selectedKinds(policy).length)) {
      for (const other of plane.views.securityPolicies.all())
        this.policy(other);
    }
    for (const target of [before, now].flatMap(policy =>
      policy ? policyTargets(policy) : [],
    )) {
      const targetKey = `${namespace}/${target.name}`;
      for (const other of plane.policiesFor(
        targetTerm(target.kind, targetKey, target.sectionName),
      ))
        this.policy(other);
      if (target.kind === 'Gateway') this.#mergedInto(targetKey);
      if (target.kind === 'HTTPRoute') {
        for (const term of plane.routes.terms(targetKey)) {
          if (term.startsWith('gateway:'))
            this.#summary(term.slice('gateway:'.length));
        }
      }
    }
  }

  /** A ReferenceGrant: it may be about anything. */
  grant(): void {
    const { plane } = this.#context;
    for (const key of plane.views.gateways.keys()) this.gateway(key);
    for (const policy of plane.views.securityPolicies.all()) {
      const { apiKeyAuth, extAuth } = securitySpec(policy);
      if (apiKeyAuth || extAuth) this.#withMerged(policy);
    }
  }

  /** A Service, which policies may ask. */
  service(key: string): void {
    this.#policiesWith(`service:${key}`);
  }

  #policiesWith(term: string): void {
    const { plane } = this.#context;
    for (const policyKey of plane.policies.owners(term)) {
      const policy = plane.views.securityPolicies.get(policyKey);
      if (policy) this.#withMerged(policy);
    }
  }

  /** A policy whose surroundings changed, and those that are merged into it. */
  #withMerged(policy: StoredObject): void {
    this.policy(policy);
    for (const { kind, name } of policyTargets(policy)) {
      if (kind === 'Gateway')
        this.#mergedInto(`${policy.metadata.namespace}/${name}`);
    }
  }

  secret(key: string): void {
    const { plane } = this.#context;
    for (const gatewayKey of plane.gatewaysBy.owners(`secret:${key}`))
      this.gateway(gatewayKey);
    this.#policiesWith(`secret:${key}`);
  }

  backend(term: string): void {
    for (const routeKey of this.#context.plane.routes.owners(`backend:${term}`))
      this.#queues.routes.add(routeKey);
  }

  #aiRoutes(): [string, StoredObject][] {
    const { aiGatewayRoutes } = this.#context.plane.views;
    return [...aiGatewayRoutes.all()].map(route => [
      `${route.metadata.namespace}/${route.metadata.name}`,
      route,
    ]);
  }

  /** Policies of routes that merge into those of a Gateway. */
  #mergedInto(gatewayKey: string): void {
    const { plane } = this.#context;
    for (const routeKey of plane.routes.owners(`gateway:${gatewayKey}`)) {
      for (const policy of plane.policiesFor(
        targetTerm('HTTPRoute', routeKey),
      )) {
        if (securitySpec(policy).mergeType) this.policy(policy);
      }
    }
  }

  #gatewayPolicies(gatewayKey: string, delayMs = 0): void {
    const { plane } = this.#context;
    const sections = [
      '',
      ...(plane.listeners(gatewayKey) ?? []).map(({ spec }) => spec.name),
    ];
    for (const section of sections) {
      for (const { metadata } of plane.policiesFor(
        targetTerm('Gateway', gatewayKey, section),
      )) {
        this.#queues.policies.addAfter(
          `${metadata.namespace}/${metadata.name}`,
          delayMs,
        );
      }
    }
  }

  #summary(gatewayKey: string): void {
    this.#queues.gateways.addAfter(gatewayKey, summaryDelayMs);
    this.#gatewayPolicies(gatewayKey, summaryDelayMs);
  }
}
