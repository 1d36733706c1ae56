import { KubeObject } from '@slipway/controller';
import * as fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { at, isRecord, listAt, recordAt, textAt, textsAt } from '../json';
import { parseModel } from '../model';
import { weightsOf } from '../weights';
import {
  exampleModel,
  examplePlatform,
  renderEverything,
} from '../__testUtils__/examples';
import { renderClaim, renderDeployment, renderDownloadJob } from './index';
import { tolerationsOf } from './placement';

const FOLDER = path.join(__dirname, '..', 'testdata');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** The script is the same everywhere and has tests of its own. */
function withoutScript(object: KubeObject): KubeObject {
  return isRecord(object.data) && 'download.py' in object.data
    ? { ...object, data: { 'download.py': '…' } }
    : object;
}

describe('what a model becomes', () => {
  const cases = fs
    .readdirSync(FOLDER)
    .filter(file => file.endsWith('.in.yaml'));

  it.each(cases)('%s', file => {
    const input: unknown = parse(
      fs.readFileSync(path.join(FOLDER, file), 'utf8'),
    );
    const objects = renderEverything(
      exampleModel(recordAt(input, 'spec')),
      examplePlatform(recordAt(input, 'platform')),
    );
    const text = objects
      .map(object =>
        stringify(withoutScript(object), {
          aliasDuplicateObjects: false,
          singleQuote: true,
        }),
      )
      .join('---\n');
    const golden = path.join(FOLDER, file.replace('.in.yaml', '.out.yaml'));
    if (UPDATE) {
      fs.writeFileSync(golden, text);
    }
    expect(parseAllDocuments(text).map(document => document.toJS())).toEqual(
      parseAllDocuments(fs.readFileSync(golden, 'utf8')).map(document =>
        document.toJS(),
      ),
    );
  });
});

describe('what people write', () => {
  const deploymentOf = (spec: Record<string, unknown>) =>
    renderDeployment(parseModel(exampleModel(spec)), examplePlatform());
  const argsOf = (spec: Record<string, unknown>) =>
    textsAt(
      listAt(deploymentOf(spec), 'spec', 'template', 'spec', 'containers')[0],
      'args',
    );
  const oci = (name: string) => ({
    model: { name, source: 'oci', image: 'registry.example.com/weights:1' },
  });

  /** What the kubelet makes of `args` and `env`, for a container with these variables. */
  const expand = (text: string) =>
    text.replace(/\$\$|\$\(([^)]*)\)/g, (all, name: string | undefined) => {
      if (all === '$$') {
        return '$';
      }
      return name === 'HOME' ? '/home/vllm' : all;
    });

  it.each([
    'a b',
    '$(HOME)',
    '$$(HOME)',
    '$$',
    'cost$',
    '$HOME `id`; "x" \\ \'y\'',
    'größe/模型-🦙',
  ])('reaches the server as it is: model id %s', name => {
    const args = argsOf(oci(name));
    expect(expand(args[args.indexOf('--served-model-name') + 1])).toBe(name);
  });

  it('is never read as another option of the server', () => {
    expect(argsOf(oci('--help'))).toContain('--served-model-name=--help');
  });

  it('reaches the download as it is', () => {
    const job = renderDownloadJob(
      parseModel(exampleModel({ model: { revision: '$(MODEL_ID)' } })),
      examplePlatform(),
      { attempt: 1, inputs: '' },
    );
    const [container] = listAt(job, 'spec', 'template', 'spec', 'containers');
    expect(listAt(container, 'env')).toContainEqual({
      name: 'MODEL_REVISION',
      value: '$$(MODEL_ID)',
    });
  });

  it('names a directory inside the volume, whatever the id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, revision) => {
        const { directory } = weightsOf(
          parseModel(exampleModel({ model: { name, revision } })),
        );
        expect(directory).toMatch(
          /^\/model-cache\/[A-Za-z0-9._-]*-[0-9a-f]{8}$/,
        );
      }),
    );
  });
});

describe('the pods of a model', () => {
  it("get no variables for the namespace's Services: of thousands a process can't start, and VLLM_PORT of one named vllm stops vLLM", () => {
    const pods = renderEverything(exampleModel(), examplePlatform()).filter(
      ({ kind }) => ['Job', 'Deployment'].includes(kind),
    );
    expect(pods.length).toBeGreaterThan(3);
    for (const pod of pods) {
      expect(at(pod, 'spec', 'template', 'spec', 'enableServiceLinks')).toBe(
        false,
      );
    }
  });

  it('may run on nodes for NVIDIA GPUs when they want a slice of one', () => {
    const model = parseModel(
      exampleModel({
        resources: { gpu: { count: 1, type: 'nvidia.com/mig-1g.5gb' } },
      }),
    );
    expect(tolerationsOf(model)).toEqual([
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ]);
  });
});

describe('the claim of a model', () => {
  const model = parseModel(exampleModel());
  const live = (manager: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'tiny-model-storage',
      managedFields: [
        {
          manager,
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsV1: { 'f:spec': { 'f:storageClassName': {} } },
        },
      ],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '10Gi' } },
    },
  });
  const classOf = (claim: KubeObject) =>
    textAt(
      renderClaim(model, examplePlatform(), claim),
      'spec',
      'storageClassName',
    );

  it('keeps the class that it was made with when the spec no longer names it: a claim can not change', () => {
    expect(classOf(live('slipway-operator'))).toBe('fast');
  });

  it("leaves a class that is somebody else's to them", () => {
    expect(classOf(live('kubectl'))).toBeUndefined();
  });
});
