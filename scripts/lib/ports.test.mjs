import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { requireFreePorts } from './ports.mjs';
import { readPorts } from './portSettings.mjs';

test('a port that is taken is named with who holds it and what to set', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const ports = { gateway: { port, setting: 'SLIPWAY_GATEWAY_PORT' } };
  await assert.rejects(requireFreePorts(ports), ({ message }) => {
    assert.match(
      message,
      new RegExp(
        `^Port ${port} \\(gateway\\) is held by process ${process.pid} \\(`,
      ),
    );
    assert.match(message, /choose another port with SLIPWAY_GATEWAY_PORT=/);
    return true;
  });
  server.close();
  await once(server, 'close');
  await requireFreePorts(ports);
});

test('ports have defaults; what is no port is refused by the name of its setting', () => {
  assert.deepEqual(readPorts({ SLIPWAY_API_PORT: '1234' })['Kubernetes API'], {
    setting: 'SLIPWAY_API_PORT',
    port: 1234,
  });
  assert.equal(readPorts({ SLIPWAY_PORTAL_PORT: '' }).portal.port, 7007);
  for (const text of ['x', '0', '65536', '80.5', '-1']) {
    assert.throws(
      () => readPorts({ SLIPWAY_OIDC_PORT: text }),
      new RegExp(
        `SLIPWAY_OIDC_PORT=${text} is not a port. Give a number from 1 to 65535.`,
      ),
    );
  }
});

test('two settings of one port are refused, both named', () => {
  assert.throws(
    () => readPorts({ SLIPWAY_ADMIN_PORT: '18080' }),
    /SLIPWAY_OIDC_PORT and SLIPWAY_ADMIN_PORT are both 18080/,
  );
});
