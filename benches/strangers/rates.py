"""A service that takes 5 ms to answer, as those of others do. Run as `python rates.py PORT`."""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Rates(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/healthz":
            time.sleep(0.005)
        body = b"19"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Rates).serve_forever()
