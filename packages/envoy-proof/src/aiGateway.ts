import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Header } from './chain';
import { Chain, grantedKey } from './chain';
import { eventually } from './envoy';
import { modelDigest, modelId } from './objects';
import type { Closable } from './stubs/closable';
import { closeHttpServer, listenOnLoopback } from './stubs/closable';
import { findEnvoy } from './tools';

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await closeHttpServer(server);
  return port;
}

function answers(port: number): Promise<true | undefined> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => socket.destroy());
  });
}

/** Starts the AI gateway's own `ext_proc` (its `cmd/extproc`), which knows no models and no backends. */
async function startAiGateway(
  binary: string,
): Promise<Closable & { port: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-extproc-'));
  const config = path.join(folder, 'config.yaml');
  await writeFile(config, 'version: dev\nmodels: [{name: leaked/model}]\n');
  const port = await freePort();
  const child = spawn(
    binary,
    [
      ...['-configPath', config, '-extProcAddr', `127.0.0.1:${port}`],
      ...['-adminPort', String(await freePort())],
    ],
    { stdio: 'ignore' },
  );
  await eventually('ext_proc', () => answers(port));
  return {
    port,
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

const [granted, , notGranted] = [0, 1, 2].map(modelId);
const chat = (fields: string) => `{${fields},"messages":[]}`;
const form = (model: string) =>
  [
    '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n',
    `${model}\r\n--b\r\ncontent-disposition: form-data; `,
    'name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n',
  ].join('');

const multipart: Header = ['content-type', 'multipart/form-data; boundary=b'];
const completions = '/v1/chat/completions';
const tricks: [
  name: string,
  path: string,
  body: string | Buffer,
  ...Header[],
][] = [
  ['one model', completions, chat(`"model":"${notGranted}"`)],
  [
    'two fields, granted last',
    completions,
    chat(`"model":"${notGranted}","model":"${granted}"`),
  ],
  [
    'two fields, granted first',
    completions,
    chat(`"model":"${granted}","model":"${notGranted}"`),
  ],
  [
    'two fields, MODEL last',
    completions,
    chat(`"model":"${granted}","MODEL":"${notGranted}"`),
  ],
  [
    'two fields, MODEL first',
    completions,
    chat(`"MODEL":"${notGranted}","model":"${granted}"`),
  ],
  ['MODEL only', completions, chat(`"MODEL":"${notGranted}"`)],
  ['escaped letters', completions, chat(`"\\u006dodel":"\\u0061cme/m2"`)],
  ['no model', completions, chat('"stream":false')],
  ['a second document', completions, `${chat(`"model":"${granted}"`)}{}`],
  [
    'gzip',
    completions,
    gzipSync(chat(`"model":"${notGranted}"`)),
    ['content-encoding', 'gzip'],
  ],
  [
    'UTF-16',
    completions,
    Buffer.from(chat(`"model":"${notGranted}"`), 'utf16le'),
    ['content-type', 'application/json; charset=utf-16'],
  ],
  ['a form for a chat', completions, form(notGranted), multipart],
  [
    'a form for a transcription',
    '/v1/audio/transcriptions',
    form(notGranted),
    multipart,
  ],
  ['an unknown path', '/v1/rerankings', chat(`"model":"${notGranted}"`)],
];

/**
 * Prints which model the AI gateway reads from odd bodies, and what becomes of each when the authorizer has judged it for
 * `acme/m0`. Takes the AI gateway's own `ext_proc` as a program.
 */
export async function tryAiGateway(extProc: string): Promise<void> {
  const envoy = findEnvoy();
  if (!envoy) {
    throw new Error('There is no Envoy. Name one with ENVOY.');
  }
  const extraction = await startAiGateway(extProc);
  let judged = granted;
  const chain = await Chain.start(envoy, 'grpc', {
    extraction,
    decide: () => ({
      pass: true,
      headers: { 'x-slipway-model': modelDigest(judged) },
      remove: ['authorization'],
    }),
  });
  try {
    const send = async (
      forModel: string,
      url: string,
      body: string | Buffer,
      headers: Header[],
    ) => {
      judged = forModel;
      const typed = headers.some(([name]) => name === 'content-type');
      const reply = await chain.request(
        body.length ? 'POST' : 'GET',
        url,
        [
          ['authorization', grantedKey],
          ...(typed ? [] : [['content-type', 'application/json'] as const]),
          ...headers,
        ],
        body,
      );
      const arrived = chain.modelServer.arrived.splice(0);
      const model = arrived[0]?.headers['x-ai-eg-model'];
      return `${reply.status}${model ? ` served by ${model}` : ''}`;
    };
    for (const [name, url, body, ...headers] of tricks) {
      const outcomes = [
        await send(granted, url, body, headers),
        await send(notGranted, url, body, headers),
      ];
      process.stdout.write(`| ${name} | ${outcomes.join(' | ')} |\n`);
    }
    const list = await send(granted, '/v1/models', '', []);
    process.stdout.write(`| GET /v1/models let through | ${list} | |\n`);
  } finally {
    await chain.close();
  }
}
