import socket
import threading


def pass_on(path):
    """Where there is no network, the address of a local port that passes on to the proxy on the runner's socket."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=_accept, args=(server, path), daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def _accept(server, path):
    while True:
        client, _ = server.accept()
        proxy = socket.socket(socket.AF_UNIX)
        try:
            proxy.connect(path)
        except OSError:
            client.close()
            continue
        for source, target in ((client, proxy), (proxy, client)):
            threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source, target):
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            end.close()
