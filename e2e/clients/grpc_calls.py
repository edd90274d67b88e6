"""A gRPC service and a client that calls it through the gateway, both by grpcio: every kind of call, status and metadata,
deadlines and cancellation.

Arguments: address to serve on, address of the gateway, path of the collection, token. Prints `ok`."""

import os
import sys
import threading
from concurrent import futures

import grpc

LIMIT = 20
cancelled = threading.Semaphore(0)
begun = threading.Semaphore(0)


def unary(request, context):
    context.send_initial_metadata((("x-initial", "1"),))
    sent = dict(context.invocation_metadata())
    context.set_trailing_metadata((("x-trailing", sent["x-mine"]),))
    assert "api-token" not in sent, "the token reached the service"
    assert sent["x-portcullis-collection"]
    return request[::-1]


def fail(request, context):
    context.set_trailing_metadata((("x-why", "because"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today: " + request.decode())


def many(request, context):
    for at in range(int(request)):
        yield str(at).encode() * 1000


def count(requests, context):
    return str(sum(len(request) for request in requests)).encode()


def echo(requests, context):
    for request in requests:
        yield request


def hang(request, context):
    context.add_callback(cancelled.release)
    begun.release()
    remaining = context.time_remaining()
    assert remaining is None or remaining < 1000
    threading.Event().wait(LIMIT if context.is_active() else 0)
    return b""


def hang_stream(requests, context):
    context.add_callback(cancelled.release)
    yield b"begun"
    for _ in requests:
        pass


def serve(address):
    method = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Many": grpc.unary_stream_rpc_method_handler(many),
        "Count": grpc.stream_unary_rpc_method_handler(count),
        "Echo": grpc.stream_stream_rpc_method_handler(echo),
        "Hang": grpc.unary_unary_rpc_method_handler(hang),
        "HangStream": grpc.stream_stream_rpc_method_handler(hang_stream),
    }
    server = grpc.server(futures.ThreadPoolExecutor(32))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Calls", method),))
    assert server.add_insecure_port(address)
    server.start()
    return server


def calls(channel, root, token):
    mine = (("api-token", token), ("x-mine", "v"))
    path = root + "/test.Calls/"
    unary = channel.unary_unary(path + "Unary")
    for _ in range(50):
        answer, call = unary.with_call(b"abc", metadata=mine, timeout=LIMIT)
        assert answer == b"cba"
        assert dict(call.initial_metadata())["x-initial"] == "1"
        assert dict(call.trailing_metadata())["x-trailing"] == "v"
    large = bytes(3 * 1024 * 1024)
    assert unary(large, metadata=mine, timeout=LIMIT) == large
    # Many at once.
    started = [unary.future(str(at).encode() * 100, metadata=mine, timeout=LIMIT) for at in range(150)]
    assert [future.result() for future in started] == [(str(at).encode() * 100)[::-1] for at in range(150)]

    answers = list(channel.unary_stream(path + "Many")(b"500", metadata=mine, timeout=LIMIT))
    assert answers == [str(at).encode() * 1000 for at in range(500)]
    counted = channel.stream_unary(path + "Count")((b"x" * 5000 for _ in range(300)), metadata=mine, timeout=LIMIT)
    assert counted == b"1500000"

    # Each answer is waited for before the next message is sent.
    answered = threading.Semaphore(1)

    def turns():
        for at in range(100):
            assert answered.acquire(timeout=LIMIT)
            yield str(at).encode()

    at = 0
    for answer in channel.stream_stream(path + "Echo")(turns(), metadata=mine, timeout=LIMIT):
        assert answer == str(at).encode()
        at += 1
        answered.release()
    assert at == 100

    fails(lambda: channel.unary_unary(path + "Fail")(b"no", metadata=mine, timeout=LIMIT),
          grpc.StatusCode.FAILED_PRECONDITION, "not today: no", ("x-why", "because"))
    fails(lambda: channel.unary_unary(path + "Nothing")(b"", metadata=mine, timeout=LIMIT),
          grpc.StatusCode.UNIMPLEMENTED)
    # Without the token the gateway refuses: 401 is UNAUTHENTICATED to every gRPC client.
    fails(lambda: unary(b"", timeout=LIMIT), grpc.StatusCode.UNAUTHENTICATED)

    # A deadline, and a caller that gives up: the service is told.
    fails(lambda: channel.unary_unary(path + "Hang")(b"", metadata=mine, timeout=0.5),
          grpc.StatusCode.DEADLINE_EXCEEDED)
    assert cancelled.acquire(timeout=LIMIT), "the deadline did not reach the service"
    assert begun.acquire(timeout=LIMIT)
    hanging = channel.unary_unary(path + "Hang").future(b"", metadata=mine, timeout=LIMIT)
    assert begun.acquire(timeout=LIMIT)
    hanging.cancel()
    assert cancelled.acquire(timeout=LIMIT), "the cancellation did not reach the service"
    stop = threading.Event()
    stream = channel.stream_stream(path + "HangStream")(iter(stop.wait, True), metadata=mine, timeout=LIMIT)
    assert next(stream) == b"begun"
    stream.cancel()
    stop.set()
    assert cancelled.acquire(timeout=LIMIT), "the cancelled stream did not end at the service"


def fails(call, code, details=None, trailing=None):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert details is None or error.details() == details, error
        assert trailing is None or trailing in [(key, value) for key, value in error.trailing_metadata()], error
    else:
        raise AssertionError("it did not fail")


def main():
    _, address, gateway, root, token = sys.argv
    server = serve(address)
    with grpc.insecure_channel(gateway) as channel:
        calls(channel, root, token)
    server.stop(None)
    print("ok", flush=True)
    # Threads of calls that hang do not keep the process.
    os._exit(0)


main()
