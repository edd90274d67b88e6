"""A WebSocket and server-sent events, through a gateway, with the libraries websockets and httpx.

Arguments: the address to serve at, the gateway's address, the path of the collection, the API token.
Prints ok, or fails with what was wrong.
"""

import asyncio
import http
import sys

import httpx
import websockets

serve_at, gateway, path, token = sys.argv[1:5]
host, port = serve_at.rsplit(":", 1)
HEADERS = {"api-token": token}
events_taken = asyncio.Event()


async def echo(socket):
    async for message in socket:
        await socket.send(message)
    # The caller's goodbye has come through.


async def events(reader, writer):
    """Three events, the last only once the caller has seen the first two."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for number in (1, 2, 3):
        if number == 3:
            await asyncio.wait_for(events_taken.wait(), 10)
        event = f"id: {number}\ndata: event {number}\n\n".encode()
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def websocket_echoes():
    url = f"ws://{gateway}{path}/socket"
    async with websockets.connect(url, additional_headers=HEADERS, max_size=None) as socket:
        for message in ("hello", b"\x00\xff", "x" * 500_000, b"y" * 3_000_000):
            await socket.send(message)
            assert await asyncio.wait_for(socket.recv(), 10) == message, "another message came back"
        await (await socket.ping())
        await socket.close(code=4001, reason="enough")
        assert socket.close_code == 4001, socket.close_code
    try:
        async with websockets.connect(url, additional_headers={"api-token": "no"}):
            raise AssertionError("a handshake without a good token passed")
    except websockets.InvalidStatus as refused:
        assert refused.response.status_code == http.HTTPStatus.UNAUTHORIZED, refused


async def events_arrive_as_they_are_sent():
    async with httpx.AsyncClient(timeout=10) as client:
        async with client.stream("GET", f"http://{gateway}{path}/events", headers=HEADERS) as answer:
            assert answer.headers["content-type"] == "text/event-stream", answer.headers
            seen = []
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    seen.append(line.removeprefix("data: "))
                if len(seen) == 2:
                    events_taken.set()
            assert seen == ["event 1", "event 2", "event 3"], seen


async def main():
    async with websockets.serve(echo, host, int(port), max_size=None):
        await websocket_echoes()
    server = await asyncio.start_server(events, host, int(port))
    await events_arrive_as_they_are_sent()
    server.close()
    print("ok")


asyncio.run(asyncio.wait_for(main(), 60))
