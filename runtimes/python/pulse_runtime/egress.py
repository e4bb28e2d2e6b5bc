"""Lets programs in here find the runner's proxy (PROTOCOL.md, Egress): connections to a local port are passed on to its unix socket.

Installs of packages have it too, on a port of its own choice."""
import socket
import threading

PORT = 61_080


def start(path, port=PORT):
    """The address of the local port."""
    server = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=accept, args=(server, path), name="pulse-egress", daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def accept(server, path):
    while True:
        client, _address = server.accept()
        proxy = socket.socket(socket.AF_UNIX)
        try:
            proxy.connect(path)
        except OSError:
            client.close()
            continue
        for source, target in ((client, proxy), (proxy, client)):
            threading.Thread(target=pump, args=(source, target), name="pulse-egress", daemon=True).start()


def pump(source, target):
    try:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already
