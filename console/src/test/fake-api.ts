/** A management API of a few canned answers, for component tests; it remembers what it was asked. */
import { vi } from "vitest";

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

interface Canned {
  status?: number;
  json: unknown;
  headers?: Record<string, string>;
}

type Answers = Readonly<Record<string, Canned | ((asked: Asked) => Canned)>>;

/** `answers` by "METHOD /path"; what is not there answers 404. */
export function fakeApi(answers: Answers): Asked[] {
  const log: Asked[] = [];
  const answer = async (input: Request | string | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : null;
    const url = new URL(request ? request.url : String(input), "http://console.test");
    const method = request?.method ?? init?.method ?? "GET";
    const text = request ? await request.text() : "";
    const asked: Asked = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request?.headers ?? new Headers(init?.headers),
      body: text ? JSON.parse(text) : null,
    };
    log.push(asked);
    const canned = answers[`${method} ${url.pathname}`];
    const {
      status = 200,
      json,
      headers,
    } = typeof canned === "function" ? canned(asked) : (canned ?? { status: 404, json: {} });
    return new Response(JSON.stringify(json), {
      status,
      headers: {
        "Content-Type": status < 400 ? "application/json" : "application/problem+json",
        ...headers,
      },
    });
  };
  vi.stubGlobal("fetch", answer);
  return log;
}
