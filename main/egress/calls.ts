/** The service's calls as gRPC needs them: path, and messages to and from bytes, each entered in the ledger. */
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { MultiplyRequestSchema, MultiplyResponseSchema } from './generated/sotto/v1/sotto_pb.ts';
import type { CallName, Ledger, Purpose } from './ledger.ts';

const purposes: Readonly<Record<CallName, Purpose>> = {
  GetInfo: 'server',
  ListPacks: 'packs',
  FetchBundle: 'packs',
  PutKeys: 'keys',
  HasKeys: 'keys',
  DeleteKeys: 'keys',
  Multiply: 'products',
};

/** gRPC puts a compression flag and the length before each message. */
const messagePrefixBytes = 5;

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly input: I;
  readonly output: O;
};

export interface Call<I extends DescMessage, O extends DescMessage> {
  readonly path: string;
  readonly serialize: (message: MessageInitShape<I>) => Buffer;
  readonly deserialize: (bytes: Buffer) => MessageShape<O>;
}

/** A call whose messages are entered in the ledger under `peer`. */
export function callOf<I extends DescMessage, O extends DescMessage>(
  method: Method<I, O>,
  ledger: Ledger,
  peer: string,
): Call<I, O> {
  const call = method.name as CallName;
  const enter = (direction: 'sent' | 'received', length: number) =>
    ledger.record({
      time: Date.now(),
      direction,
      call,
      purpose: purposes[call],
      bytes: length + messagePrefixBytes,
      peer,
    });
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize: (message) => {
      const bytes = toBinary(method.input, create(method.input, message));
      enter('sent', bytes.length);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    deserialize: (bytes) => {
      enter('received', bytes.length);
      return fromBinary(method.output, bytes);
    },
  };
}

/** The ledger's bytes of one product's request and response: they depend on nothing else. */
export function productMessageBytes(product: {
  readonly matrix: number;
  readonly rows: number;
  readonly ciphertextBytes: number;
  readonly productBytes: number;
}): { readonly request: number; readonly response: number } {
  const request = create(MultiplyRequestSchema, {
    id: 1,
    pack: new Uint8Array(32),
    keyId: new Uint8Array(16),
    matrix: product.matrix,
    rows: product.rows,
    ciphertext: new Uint8Array(product.ciphertextBytes),
  });
  const response = create(MultiplyResponseSchema, {
    id: 1,
    serverUs: 1,
    result: { case: 'product', value: new Uint8Array(product.productBytes) },
  });
  return {
    request: toBinary(MultiplyRequestSchema, request).length + messagePrefixBytes,
    response: toBinary(MultiplyResponseSchema, response).length + messagePrefixBytes,
  };
}
