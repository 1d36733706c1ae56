import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { accessToken, createSecret, deleteSecret } from './support/cluster';
import { portal, request } from './support/portal';
import type { Persona } from './support/signIn';

const samples = path.join(
  process.env.SLIPWAY_SHARED ?? path.resolve(__dirname, '..', '..', 'shared'),
  'samples',
);

interface Sample {
  file: string;
  namespace: string;
  name: string;
  modelId: string;
  inside: Persona;
  /** Nobody where it is open to all. */
  outside?: Persona;
}

const cases: Sample[] = [
  {
    file: 'minimal',
    namespace: 'nebari-llm-serving-system',
    name: 'my-model',
    modelId: 'mistralai/Devstral-Small-2505',
    inside: 'mara',
  },
  {
    file: 'cpu-mock',
    namespace: 'llm-operator-system',
    name: 'test-model',
    modelId: 'test/tiny-model',
    inside: 'jonas',
  },
  {
    file: 'devstral-small',
    namespace: 'nebari-llm-serving-system',
    name: 'devstral-small',
    modelId: 'mistralai/Devstral-Small-2505',
    inside: 'jonas',
    outside: 'otto',
  },
  {
    file: 'qwen3-5-35b-a3b-gptq-int4',
    namespace: 'nebari-llm-serving-system',
    name: 'qwen3-5-35b-a3b-gptq-int4',
    modelId: 'Qwen/Qwen3.5-35B-A3B-GPTQ-Int4',
    inside: 'mara',
    outside: 'jonas',
  },
];

const kubectlBinary = process.env.KUBECTL ?? 'kubectl';
const run = promisify(execFile);

async function kubectl(...args: string[]): Promise<string> {
  const { apiUrl, adminToken, caFile } = portal();
  const { stdout } = await run(kubectlBinary, [
    `--server=${apiUrl}`,
    `--token=${adminToken}`,
    `--certificate-authority=${caFile}`,
    ...args,
  ]);
  return stdout;
}

/** What the gateway answers a person who asks the model something, with a fresh token. */
async function statusOfCall(person: Persona, modelId: string): Promise<number> {
  const { status } = await request(
    `${portal().internalGatewayUrl}/v1/chat/completions`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${await accessToken(person)}` },
      body: { model: modelId, messages: [{ role: 'user', content: 'Hi' }] },
    },
  );
  return status;
}

const hasKubectl =
  spawnSync(kubectlBinary, ['version', '--client'], { stdio: 'ignore' })
    .status === 0;

test.describe('real custom resources apply unchanged and answer', () => {
  test.skip(!existsSync(samples), `shared folder absent: ${samples}`);
  test.skip(
    !hasKubectl,
    'There is no kubectl here. Install one, or name it with KUBECTL.',
  );

  for (const sample of cases) {
    const { namespace, name, modelId, inside, outside } = sample;
    test(`${sample.file}: kubectl apply, Ready, called by who may`, async () => {
      test.slow();
      const file = path.join(samples, `${sample.file}.yaml`);
      await createSecret('hf-token', 'HF_TOKEN', 'hf_accepted', namespace);
      try {
        await kubectl('apply', '-f', file);
        await kubectl(
          'wait',
          '--for=condition=Ready',
          '--timeout=90s',
          '--namespace',
          namespace,
          `llmmodel/${name}`,
        );
        // Ready means callable: the very first call is answered.
        expect(await statusOfCall(inside, modelId)).toBe(200);
        if (outside) {
          expect([403, 404]).toContain(await statusOfCall(outside, modelId));
        }
      } finally {
        await kubectl('delete', '--wait', '-f', file);
        await deleteSecret('hf-token', namespace);
      }
    });
  }

  test('of two with one model id the later is refused with the reason', async () => {
    const namespace = 'nebari-llm-serving-system';
    const file = (name: string) => path.join(samples, `${name}.yaml`);
    await createSecret('hf-token', 'HF_TOKEN', 'hf_accepted', namespace);
    try {
      await kubectl('apply', '-f', file('minimal'));
      await kubectl('apply', '-f', file('devstral-small'));
      await kubectl(
        'wait',
        '--for=jsonpath={.status.conditions[?(@.type=="Accepted")].reason}=DuplicateModelId',
        '--timeout=30s',
        '--namespace',
        namespace,
        'llmmodel/devstral-small',
      );
      expect(
        await kubectl(
          'describe',
          '--namespace',
          namespace,
          'llmmodel/devstral-small',
        ),
      ).toContain(`${namespace}/my-model`);
    } finally {
      await kubectl('delete', '--wait', '-f', file('minimal'));
      await kubectl('delete', '--wait', '-f', file('devstral-small'));
      await deleteSecret('hf-token', namespace);
    }
  });
});
