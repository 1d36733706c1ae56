import { IncomingMessage, ServerResponse } from 'node:http';
import { Authenticator, User } from '../authentication';
import { Authorizer } from '../authorization';
import { ApiFailure } from '../../types';
import { forbidden, notImplemented } from '../failures';
import { RequestInfo, requestInfo } from '../requestInfo';
import { ServerFaults } from '../serverFaults';
import { Exchange } from './exchange';
import { PathHandlers } from './paths';
import { ResourceHandlers } from './resources';

/** The way of every request: who is it, may they, does a fault hit it, then the work. */
export class Handler {
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;
  readonly #faults: ServerFaults;
  readonly #paths: PathHandlers;
  readonly #resources: ResourceHandlers;

  constructor(parts: {
    authenticator: Authenticator;
    authorizer: Authorizer;
    faults: ServerFaults;
    paths: PathHandlers;
    resources: ResourceHandlers;
  }) {
    this.#authenticator = parts.authenticator;
    this.#authorizer = parts.authorizer;
    this.#faults = parts.faults;
    this.#paths = parts.paths;
    this.#resources = parts.resources;
  }

  readonly handle = (
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const exchange = new Exchange(request, response);
    this.#serve(exchange).catch(error => exchange.fail(error));
  };

  async #serve(exchange: Exchange): Promise<void> {
    exchange.user = this.#authenticator.authenticate(
      exchange.request.headers.authorization,
    );
    if (exchange.request.headers['impersonate-user'])
      throw notImplemented('impersonation');
    const info = requestInfo(exchange.method, exchange.path, exchange.query);
    this.#authorize(exchange.user, info);
    if (this.#faults.requests?.active && (await this.#suffer(exchange, info)))
      return;
    if (info.isResource) await this.#resources.handle(exchange, info);
    else this.#paths.handle(exchange);
  }

  #authorize(user: User, info: RequestInfo): void {
    if (!info.isResource) {
      const { verb, path } = info;
      if (this.#authorizer.authorize(user, { verb, path }).allowed) return;
      const message = `forbidden: User ${JSON.stringify(
        user.name,
      )} cannot ${verb} path ${JSON.stringify(path)}`;
      throw new ApiFailure(403, 'Forbidden', message, {});
    }
    const { verb, group, plural, subresource, namespace, name } = info;
    const resource = { group, plural, subresource, namespace, name };
    if (this.#authorizer.authorize(user, { verb, resource }).allowed) return;
    const full = subresource ? `${plural}/${subresource}` : plural;
    const where = namespace
      ? `in the namespace "${namespace}"`
      : 'at the cluster scope';
    const why = `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`;
    throw forbidden({ group, plural }, name, why);
  }

  /** Lets a fault happen; true when the request has been answered or cut off by it. */
  async #suffer(exchange: Exchange, info: RequestInfo): Promise<boolean> {
    if (!info.isResource) return false;
    const { verb, group, plural, subresource, namespace, name } = info;
    const facts = {
      verb,
      group,
      plural,
      subresource,
      namespace,
      name,
      user: exchange.user.name,
    };
    const fault = this.#faults.requests?.take(facts);
    if (!fault) return false;
    if (fault.delayMs)
      await new Promise(resolve => setTimeout(resolve, fault.delayMs));
    if (fault.drop) {
      exchange.request.socket.destroy();
      return true;
    }
    if (fault.failure) throw fault.failure;
    return false;
  }
}
