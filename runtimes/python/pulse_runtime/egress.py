"""Lets programs in here find the runner's proxy (PROTOCOL.md, Egress): connections to a local port are passed on to its unix socket."""
import socket
import threading

PORT = 61_080


def start(path):
    server = socket.create_server(("127.0.0.1", PORT))
    threading.Thread(target=accept, args=(server, path), name="pulse-egress", daemon=True).start()


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
