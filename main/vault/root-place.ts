/** Where the root key of a profile is kept; `undefined` stands for memory alone wherever one is optional. */
export interface RootPlace {
  readonly storage: 'keychain' | 'passphrase';
  /** @throws Failure when it cannot be deleted now; it is still there then. */
  delete(): Promise<void>;
}
