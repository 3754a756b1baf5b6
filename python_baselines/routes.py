"""Routes out of the process to the Rust side: a program that is started, HTTP, gRPC.

The functions send bytes, or for gRPC messages, to the endpoints of workloads/src; their module docstrings say what
the bytes are. A refusal is raised as the built-in exception that it names.
"""

import builtins
import functools
import http.client
import json
import os
import subprocess
from pathlib import Path

LONGEST_MESSAGE = 256 << 20  # bytes; the service has the same limit


def run(name, body):
    """Starts the program, which answers once and ends."""
    program = os.environ.get("RUSTWORTHY_EXECUTABLE")
    if program is None:
        raise RuntimeError("RUSTWORTHY_EXECUTABLE isn't set; `rustworthy compare` sets it")
    ended = subprocess.run([program, "respond", name], input=body, capture_output=True)
    if ended.returncode == 1:
        raise refusal(**json.loads(ended.stderr))
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"{program} respond {name} ended with {ended.returncode}: {said}")
    return ended.stdout


def post(name, body):
    """Asks the service over HTTP, through one connection that is kept."""
    if len(body) > LONGEST_MESSAGE:
        raise ValueError(f"POST /{name}: a body of {len(body)} bytes; at most {LONGEST_MESSAGE} are accepted")
    response, answer = exchange(f"/{name}", body)
    if response.status == 422:
        raise refusal(**json.loads(answer))
    if response.status != 200:
        said = answer.decode(errors="replace").strip()
        raise RuntimeError(f"POST /{name} was answered with {response.status} {response.reason}: {said}")
    return answer


def exchange(path, body):
    """Response and body; asks once more where the service has closed the kept connection in the meantime."""
    connection, headers = http_connection(), authorization()
    was_open = connection.sock is not None
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
    except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
        connection.close()
        if not was_open:
            raise
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
    except BaseException:
        connection.close()  # or the next answer would be taken for this one
        raise
    return response, response.read()


def call(method, request):
    """Asks the service over gRPC, through one channel that is kept."""
    import grpc

    try:
        return grpc_method(method)(request, metadata=[(name.lower(), value) for name, value in authorization().items()])
    except grpc.RpcError as error:
        exception = dict(error.trailing_metadata() or ()).get("exception")
        if exception is None:
            raise RuntimeError(f"gRPC {method}: {error.code().name}: {error.details()}") from error
        raise refusal(exception, error.details()) from None


def message(name):
    """The class of that message of workloads/proto/routes.proto."""
    return message_class(f"rustworthy.routes.{name}")


def refusal(exception, message):
    """The exception that a refusal names."""
    kind = getattr(builtins, exception, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return RuntimeError(f"{exception}: {message}")
    if kind is UnicodeDecodeError:
        return kind("utf-8", b"", 0, 0, message)
    return kind(message)


@functools.cache
def service():
    """Host and port of the service."""
    address = os.environ.get("RUSTWORTHY_SERVICE_WORKLOADS")
    if address is None:
        raise RuntimeError("RUSTWORTHY_SERVICE_WORKLOADS isn't set: add [service.workloads] to the manifest")
    return address.removeprefix("http://")


@functools.cache
def authorization():
    """What shows the service that a request is of its own run."""
    token = os.environ.get("RUSTWORTHY_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


@functools.cache
def http_connection():
    return http.client.HTTPConnection(service())


@functools.cache
def grpc_method(name):
    method = routes_pool().FindServiceByName("rustworthy.routes.Workloads").FindMethodByName(name)
    return grpc_channel().unary_unary(
        f"/{method.containing_service.full_name}/{name}",
        request_serializer=message_class(method.input_type.full_name).SerializeToString,
        response_deserializer=message_class(method.output_type.full_name).FromString,
    )


@functools.cache
def grpc_channel():
    import grpc

    options = {
        "grpc.max_send_message_length": LONGEST_MESSAGE,
        "grpc.max_receive_message_length": LONGEST_MESSAGE,
        "grpc.enable_http_proxy": 0,
    }
    return grpc.insecure_channel(service(), options=list(options.items()))


@functools.cache
def message_class(name):
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(routes_pool().FindMessageTypeByName(name))


@functools.cache
def routes_pool():
    from google.protobuf import descriptor_pb2, descriptor_pool

    pool = descriptor_pool.DescriptorPool()
    descriptors = Path(__file__).with_name("routes.binpb").read_bytes()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool
