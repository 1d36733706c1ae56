import { readTarget } from './target';

/*
 * Measured on Envoy 1.40.0 with `normalize_path`, `merge_slashes` and `UNESCAPE_AND_REDIRECT`, as Envoy Gateway sets them: what `%REQ(:path)%` is in
 * a route, or what is answered before there is one.
 */

describe('a target is one thing to filters and routes', () => {
  it.each([
    ['/v1/models', '/v1/models'],
    ['/a/../b', '/b'],
    ['/a//b?c=d//e', '/a/b?c=d//e'],
    ['/a/%2e%2e/b', '/b'],
    ['/.%2e/b', '/b'],
    ['/../../x', '/x'],
    ['/a/.', '/a/'],
    ['/a/./b/..', '/a/'],
    ['/a;b/../c', '/c'],
    ['/x//../y', '/x/y'],
    ['/a\\b', '/a/b'],
    ['/%61', '/a'],
    ['/%7e%2D', '/~-'],
    ['/%', '/%'],
    ['/%zz', '/%zz'],
    ['//', '//'],
    ['//x//', '/x/'],
    ["/a'b|c^", "/a'b%7Cc%5E"],
    ['/a"b<c>', '/a%22b%3Cc%3E'],
    ['/a{b}', '/a%7Bb%7D'],
    ['/a[b]', '/a[b]'],
    ['/a?"<', '/a?"<'],
    ['http://h/y/../z', '/z'],
    ['https://gateway:99/z?q', '/z?q'],
    ['http://h', '/'],
  ])('%s is %s', (sent, text) => {
    expect(readTarget(sent)).toMatchObject({ text });
  });

  it.each([
    ['/v1%2Fmodels', '/v1/models'],
    ['/v1%2fmodels?x=%2F', '/v1/models?x=%2F'],
    ['/a%5Cb', '/a/b'],
    ['/a%2f%2fb', '/a/b'],
    ['/..%2f..%2fx', '/x'],
  ])('%s is asked for anew as %s', (sent, location) => {
    expect(readTarget(sent)).toEqual({ status: 307, headers: { location } });
  });

  it.each(['*', 'foo', 'http://[/x', 'http:///x', '/ü'])(
    '%s is no target',
    sent => {
      expect(readTarget(sent)).toMatchObject({
        status: 400,
        body: 'Bad Request',
      });
    },
  );

  it.each(['/x#f', '/?a#b', '/a%00b'])('%s is no path', sent => {
    expect(readTarget(sent)).toEqual({ status: 400 });
  });

  it('path, query and the host that a target names are told apart', () => {
    expect(readTarget('http://h:1/a/../b?c=d&c=e')).toEqual({
      path: '/b',
      query: new URLSearchParams('c=d&c=e'),
      text: '/b?c=d&c=e',
      authority: 'h:1',
    });
  });
});
