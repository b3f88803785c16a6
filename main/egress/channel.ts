/** One server's HTTP/2 connection: opened when it is needed, opened again when it was lost. */
import { Client, connectivityState, credentials } from '@grpc/grpc-js';
import type { ChannelCredentials, ChannelInterface, ClientOptions } from '@grpc/grpc-js';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Failure } from '../../app/failure/failure.ts';
import type { ServerAddress } from './address.ts';
import { orCancelled } from './cancellation.ts';
import { maxMessageBytes } from './limits.ts';
import type { Pin } from './pins.ts';
import { identityOf } from './pins.ts';
import { probeCertificate, probePort, tooLate } from './probe.ts';
import { changedCertificate } from './trust.ts';

const channelOptions = {
  // A ciphertext is sent once. Whether to ask again is for the user to say.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // What leaves, leaves to the server named, and every channel opens its own connection.
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
  // The default of 64 KB costs a round trip for every 64 KB of a product.
  'grpc-node.flow_control_window': 8 * 1024 * 1024,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
};

export class Channel {
  readonly #address: ServerAddress;
  readonly #pin: Pin | undefined;
  readonly #connectMs: number;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  /** Aborted by `close`. */
  readonly #closing = new AbortController();

  /** @param pin the only certificate to talk to; nothing for cleartext */
  constructor(address: ServerAddress, pin: Pin | undefined, connectMs: number) {
    this.#address = address;
    this.#pin = pin;
    this.#connectMs = connectMs;
  }

  /**
   * A client whose connection stands.
   * @throws Failure `server` that says why there is none, `cancelled`
   */
  ready(signal?: AbortSignal): Promise<Client> {
    if (this.#closing.signal.aborted) return Promise.reject(wasClosed());
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return orCancelled(this.#connecting, signal);
  }

  close(): void {
    this.#closing.abort();
    this.#drop();
  }

  async #connect(): Promise<Client> {
    // A channel that failed waits before it tries again; a new one tries at once.
    if (this.#client?.getChannel().getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE)
      this.#drop();
    const client = (this.#client ??= new Client(
      grpcTarget(this.#address),
      this.#credentials(),
      optionsFor(this.#address),
    ));
    const channel = client.getChannel();
    const deadline = Date.now() + this.#connectMs;
    for (;;) {
      // A closed channel that is asked to connect opens sockets all the same.
      if (this.#closing.signal.aborted) throw wasClosed();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return client;
      if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
        this.#drop();
        throw await this.#whyNot();
      }
      if (!(await stateChanged(channel, state, deadline))) {
        this.#drop();
        throw tooLate(this.#address);
      }
    }
  }

  #drop(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #credentials(): ChannelCredentials {
    const pin = this.#pin;
    if (!pin) return credentials.createInsecure();
    const context = createSecureContext({ ca: pin.pem, allowPartialTrustChain: true, minVersion: 'TLSv1.3' });
    return credentials.createFromSecureContext(context, {
      // Said outright, because NODE_TLS_REJECT_UNAUTHORIZED=0 would also turn off the check below.
      rejectUnauthorized: true,
      // The pin stands in place of the name: the server is the one that was met, whatever it is called.
      checkServerIdentity: (_host, certificate) =>
        certificate.fingerprint256 === pin.fingerprint256
          ? undefined
          : new Error('not the pinned certificate'),
    });
  }

  /** Looks at the server again, to say why gRPC could not connect. */
  async #whyNot(): Promise<Failure> {
    const address = this.#address;
    const limit = { connectMs: this.#connectMs, signal: this.#closing.signal };
    try {
      if (!this.#pin) {
        await probePort(address, limit);
      } else {
        const known = identityOf(this.#pin);
        const shown = identityOf(await probeCertificate(address, limit));
        if (shown !== known) return changedCertificate(address, known, shown);
      }
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
    return new Failure(
      'server',
      `The server at ${address.url} did not take the connection. Nothing was sent.`,
      {
        next: 'Try again; if it stays, ask whoever runs the server whether its certificate has expired.',
        reason: 'server-unreachable',
        facts: { address: address.url },
      },
    );
  }
}

function wasClosed(): Failure {
  return new Failure('server', 'The connection was closed.', { reason: 'server-lost' });
}

/** A TLS server name must not be an IP address (RFC 6066, section 3), and grpc-js would send one. */
function optionsFor({ host }: ServerAddress): ClientOptions {
  return isIP(host) ? { ...channelOptions, 'grpc.ssl_target_name_override': 'localhost' } : channelOptions;
}

/** The scheme keeps grpc-js from guessing what kind of name it is. */
function grpcTarget({ host, peer }: ServerAddress): string {
  if (host.includes(':')) return `ipv6:${peer}`;
  return `dns:${peer}`;
}

/** False when the state is still the same at the deadline (milliseconds since 1970). */
function stateChanged(
  channel: ChannelInterface,
  from: connectivityState,
  deadline: number,
): Promise<boolean> {
  return new Promise((resolve) => channel.watchConnectivityState(from, deadline, (error) => resolve(!error)));
}
