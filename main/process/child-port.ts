/** The services' process as its parent holds it, whoever forked it: Node's child_process or Electron's utilityProcess. */
export interface ChildPort {
  /** A structured clone; what is posted to a process that ended is lost, which its exit tells. */
  post(message: unknown): void;
  /** At most one listener. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process has ended for whatever reason, or could not be started. */
  onExit(listener: () => void): void;
  /** Ends it at once; nothing in it runs on. */
  kill(): void;
}
