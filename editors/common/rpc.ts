/** JSON-RPC over a WebSocket, one message a frame. Knows no method. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

export class RpcError extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

interface Waiting { resolve(value: Json): void; reject(error: Error): void }

export class Connection {
  /** Settled with the reason when the socket is closed, from either side. */
  readonly closed: Promise<string>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly handlers = new Map<string, (params: Json) => void>();
  private readonly answers = new Map<string, (params: Json) => Json>();
  private next = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.take(JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data)));
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ reason }) => {
        for (const { reject } of this.waiting.values()) reject(new RpcError(0, reason || GONE));
        this.waiting.clear();
        resolve(reason);
      };
    });
  }

  static open(address: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      const connection = new Connection(socket);
      socket.onopen = () => resolve(connection);
      socket.onerror = () => reject(new RpcError(0, "there is no server at this address, or it does not know the token"));
    });
  }

  /** Have a notification handled. */
  on(method: string, handler: (params: Json) => void): void {
    this.handlers.set(method, handler);
  }

  /** Have a request of the server answered. */
  answer(method: string, answer: (params: Json) => Json): void {
    this.answers.set(method, answer);
  }

  notify(method: string, params: Json): void {
    this.send({ method, params });
  }

  /** Ask; when the signal is aborted the server is told, and answers the request with an error. */
  request(method: string, params: Json, signal?: AbortSignal): Promise<Json> {
    const id = ++this.next;
    if (signal?.aborted) return Promise.reject(new RpcError(CANCELLED, "cancelled"));
    const cancel = () => this.notify("$/cancelRequest", { id });
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    }).finally(() => signal?.removeEventListener("abort", cancel));
  }

  close(): void {
    this.socket.close();
  }

  private send(message: Json): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
    else this.waiting.get(message.id)?.reject(new RpcError(0, GONE));
  }

  private take(message: Json): void {
    if (message.method === undefined) {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) waiting?.reject(new RpcError(message.error.code, message.error.message));
      else waiting?.resolve(message.result);
    } else if (message.id === undefined) {
      this.handlers.get(message.method)?.(message.params);
    } else {
      const answer = this.answers.get(message.method);
      const error = { code: -32601, message: "this client does not answer that" };
      this.send({ id: message.id, ...(answer ? { result: answer(message.params) } : { error }) });
    }
  }
}

export const CANCELLED = -32800;
const GONE = "the connection to the server is gone";
