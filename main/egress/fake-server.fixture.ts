/** A server under the test's control that speaks the protocol, in cleartext on loopback. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type {
  Metadata,
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServiceDefinition,
} from '@grpc/grpc-js';
import {
  MultiplyRequestSchema,
  MultiplyResponseSchema,
  PutKeysResponseSchema,
  KeyChunkSchema,
  HasKeysRequestSchema,
  HasKeysResponseSchema,
} from './generated/sotto/v1/sotto_pb.ts';
import type { KeyChunk, MultiplyRequest } from './generated/sotto/v1/sotto_pb.ts';

export type MultiplyCallAtServer = ServerDuplexStream<MultiplyRequest, MultiplyAnswer>;
/** A response, or bytes that stand in the place of one. */
export type MultiplyAnswer = MessageInitShape<typeof MultiplyResponseSchema> | Uint8Array;

export interface FakeHandlers {
  readonly multiply?: (call: MultiplyCallAtServer) => void;
  readonly hasKeys?: (
    callback: (error: { code: number; details: string } | null, present?: boolean) => void,
  ) => void;
  readonly putKeys?: (
    call: ServerReadableStream<KeyChunk, object>,
    callback: (error: { code: number; details: string; metadata?: Metadata } | null) => void,
  ) => void;
}

export interface FakeServer {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  stop(): void;
}

const definition = {
  multiply: {
    path: '/sotto.v1.Sotto/Multiply',
    requestStream: true,
    responseStream: true,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(MultiplyRequestSchema, bytes),
    responseSerialize: (answer: MultiplyAnswer) =>
      Buffer.from(
        answer instanceof Uint8Array
          ? answer
          : toBinary(MultiplyResponseSchema, create(MultiplyResponseSchema, answer)),
      ),
    responseDeserialize: () => undefined,
  },
  hasKeys: {
    path: '/sotto.v1.Sotto/HasKeys',
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(HasKeysRequestSchema, bytes),
    responseSerialize: (present: boolean) =>
      Buffer.from(toBinary(HasKeysResponseSchema, create(HasKeysResponseSchema, { present }))),
    responseDeserialize: () => undefined,
  },
  putKeys: {
    path: '/sotto.v1.Sotto/PutKeys',
    requestStream: true,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(KeyChunkSchema, bytes),
    responseSerialize: () => Buffer.from(toBinary(PutKeysResponseSchema, create(PutKeysResponseSchema, {}))),
    responseDeserialize: () => undefined,
  },
} satisfies ServiceDefinition;

/** @param port without it a free one */
export async function startFakeServer(handlers: FakeHandlers, port = 0): Promise<FakeServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(definition, {
    multiply: (call: MultiplyCallAtServer) => handlers.multiply?.(call),
    hasKeys: (_call: unknown, callback: Parameters<NonNullable<FakeHandlers['hasKeys']>>[0]) =>
      handlers.hasKeys?.(callback),
    putKeys: (call: ServerReadableStream<KeyChunk, object>, callback: sendUnaryData<object>) =>
      handlers.putKeys?.(call, (error) => (error ? callback(error) : callback(null, {}))),
  });
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : resolve(found),
    ),
  );
  return { address: `http://127.0.0.1:${bound}`, stop: () => server.forceShutdown() };
}
