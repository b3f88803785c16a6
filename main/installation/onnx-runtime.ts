/**
 * ONNX Runtime, the only way to it: its builds report to their makers (a device id and events, kept in the user's cache
 * folder and sent by threads of their own) unless they are told not to before they are loaded.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** What is loaded; its types come from the package itself. */
export const onnx = await import('onnxruntime-node');
