import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { LlmModel, llmModelReadPermission } from '@slipway/plugin-llm-common';
import { modelRules, passesCriteria } from './modelRules';
import { llmPolicyRules } from './policy';
import {
  VISIBLE_TO_EVERYONE_LABEL,
  visibilityLabels,
  visibleToGroupLabel,
} from './visibility';

function model(access: LlmModel['spec']['access'], owner?: string): LlmModel {
  return {
    apiVersion: 'llm.nebari.dev/v1alpha1',
    kind: 'LLMModel',
    metadata: {
      name: 'm',
      namespace: 'n',
      annotations: owner ? { 'slipway.dev/owner': owner } : {},
    },
    spec: {
      model: { name: 'org/m', source: 'huggingface' },
      resources: { gpu: { count: 1, type: 'nvidia' } },
      access,
    },
  };
}

/** What the default policy lets a person of these groups see. */
function sees(groups: string[], refs: string[], candidate: LlmModel): boolean {
  const decision = llmPolicyRules(
    { permission: llmModelReadPermission },
    { groups, ownershipEntityRefs: refs },
  );
  if (decision?.result !== AuthorizeResult.CONDITIONAL) {
    throw new Error('expected conditions');
  }
  const rules = Object.values(modelRules);
  const evaluate = (criteria: typeof decision.conditions): boolean => {
    if ('anyOf' in criteria) {
      return criteria.anyOf.some(evaluate);
    }
    if ('allOf' in criteria || 'not' in criteria) {
      throw new Error('the default policy has only anyOf');
    }
    const rule = rules.find(({ name }) => name === criteria.rule);
    switch (rule) {
      case modelRules.isOpenTo: {
        const params = { groups };
        // Both ways of answering a rule must agree.
        const applied = modelRules.isOpenTo.apply(candidate, params);
        expect(
          passesCriteria(candidate, modelRules.isOpenTo.toQuery(params)),
        ).toBe(applied);
        return applied;
      }
      case modelRules.isOwner: {
        const applied = modelRules.isOwner.apply(candidate, { refs });
        expect(
          passesCriteria(candidate, modelRules.isOwner.toQuery({ refs })),
        ).toBe(applied);
        return applied;
      }
      case modelRules.isRequestable: {
        const applied = modelRules.isRequestable.apply(candidate, undefined);
        expect(
          passesCriteria(
            candidate,
            modelRules.isRequestable.toQuery(undefined),
          ),
        ).toBe(applied);
        return applied;
      }
      default:
        throw new Error(`unknown rule ${criteria.rule}`);
    }
  };
  return evaluate(decision.conditions);
}

describe('who sees a model by default', () => {
  it('those to whom it is open, who own it, or who may ask for it', () => {
    const closed = model(
      { groups: ['research'] },
      'group:default/research-leads',
    );
    expect(sees(['research'], [], closed)).toBe(true);
    expect(sees(['/research'], [], closed)).toBe(true);
    expect(sees([], ['group:default/research-leads'], closed)).toBe(true);
    expect(sees(['developers'], ['user:default/otto'], closed)).toBe(false);
    expect(sees(['Research'], [], closed)).toBe(false);
    expect(sees([], [], closed)).toBe(false);
    expect(sees([], [], model({ public: true }))).toBe(true);
    expect(
      sees([], [], model({ groups: ['research'], requestable: true })),
    ).toBe(true);
    expect(sees([], [], model({}))).toBe(false);
  });

  it('carries over to labels, for the catalog and search', () => {
    expect(visibilityLabels({ public: true, groups: ['x'] })).toEqual({
      [VISIBLE_TO_EVERYONE_LABEL]: 'true',
    });
    expect(visibilityLabels({ groups: ['/a/b', 'ü'] })).toEqual({
      [visibleToGroupLabel('a/b')]: 'true',
      [visibleToGroupLabel('ü')]: 'true',
    });
    for (const label of Object.keys(
      visibilityLabels({ groups: ['/a/b', 'ü', 'x'.repeat(500)] }),
    )) {
      expect(label).toMatch(/^visible\.slipway\.dev\/[0-9a-f]{32}$/);
    }
    expect(visibilityLabels({})).toEqual({});
  });

  it('refuses permissions of the plugin that it does not know, and leaves those of others alone', () => {
    const caller = { groups: [], ownershipEntityRefs: [] };
    const permission = (name: string) => ({
      permission: { type: 'basic' as const, name, attributes: {} },
    });
    expect(llmPolicyRules(permission('llm.key.create'), caller)).toEqual({
      result: AuthorizeResult.DENY,
    });
    expect(
      llmPolicyRules(permission('catalog.entity.read'), caller),
    ).toBeUndefined();
  });
});
