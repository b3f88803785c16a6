/** Servers that the user added, with their pinned certificates. The bundled one needs no entry. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { address, count, finite, id, identity, line, list, nothing, text, time, token } from './shapes.ts';

/** The bundled server where servers are named: it has another address each time that it runs. */
export const bundledServerName = 'bundled';

const server = v.strictObject({
  id,
  name: line(100),
  /** `https://host:port` */
  address: text(300),
  identity: v.nullable(identity),
  hasToken: v.boolean(),
  added: time,
  lastUsed: v.nullable(time),
});
export type Server = v.InferOutput<typeof server>;

const shown = v.strictObject({
  /** As it is written in the list: `https://host:port`. */
  address: text(300),
  /** `null` without TLS, on loopback alone. */
  identity: v.nullable(identity),
});

const offer = v.strictObject({
  address: text(300),
  /** `null` without TLS, on loopback alone. */
  identity: v.nullable(identity),
  version: text(200),
  scheme: text(200),
  packs: list(line(200), 1000),
  latency: finite,
});

export const servers = {
  list: call({ in: nothing, out: v.strictObject({ servers: list(server, 1000) }) }),
  /**
   * The certificate that a server shows; nothing is sent but a TLS handshake, and nothing is pinned or stored. Before an
   * address is contacted for the first time the host asks the user outside the page, which could name one of its own.
   */
  probe: call({ in: v.strictObject({ address }), out: shown }),
  /** Pins the certificate that `probe` showed, and stores the token wrapped. Both go to that address alone. */
  add: call({
    in: v.strictObject({
      name: line(100),
      address,
      identity: v.nullable(identity),
      token: v.nullable(token),
    }),
    out: server,
  }),
  rename: call({ in: v.strictObject({ id, name: line(100) }), out: server }),
  /** The host asks the user outside the page before another token goes to a server. */
  setToken: call({ in: v.strictObject({ id, token: v.nullable(token) }), out: server }),
  /** Connects with the pinned certificate and token. */
  test: call({ in: v.strictObject({ id: v.nullable(id) }), out: offer }),
  /** The certificate that a server shows now, next to the pinned one; pins nothing. */
  certificate: call({
    in: v.strictObject({ id }),
    out: v.strictObject({ pinned: v.nullable(identity), shown: identity }),
  }),
  /** Pins another certificate; the host asks the user outside the page first. */
  acceptCertificate: call({ in: v.strictObject({ id, identity }), out: server }),
  /** Deletes the evaluation keys there, then the entry. `force` forgets a server that cannot be reached. */
  remove: call({
    in: v.strictObject({ id, force: v.boolean() }),
    out: v.strictObject({ keysDeleted: count, keysPending: count }),
  }),
  /** The list after each change. Ends only when stopped. */
  watch: stream({ in: nothing, item: v.strictObject({ servers: list(server, 1000) }), out: nothing }),
};
