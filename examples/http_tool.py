"""One request to a host as a tool: the file declares it, the model only fills in its parameters."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agents_sahara import load_team


class Rates(BaseHTTPRequestHandler):
    """A service of exchange rates, on this machine."""

    asked: list[str]

    def do_GET(self) -> None:
        """Tell one rate."""
        self.asked.append(self.path)
        body = json.dumps({"base": self.path.split("/")[-1], "usd": 1.08}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


TEAM = """
version: 1
agents:
  desk: {{instructions: Tell rates., model: gpt-4o, provider: openai, tools: [rate]}}
tools:
  rate:
    description: The price of a currency
    http: {{get: "{url}/v1/{{{{ base }}}}", params: {{base: {{type: string, enum: [EUR, GBP]}}}}}}
    timeout: 5s
"""

if __name__ == "__main__":
    Rates.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rates)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    team = load_team(TEAM.format(url=url), allow_hosts=["127.0.0.1"])
    result = team.run_sync("What is the price of GBP?")
    print(result.output)
    print([(call.tool, call.outcome) for call in result.tool_calls])
    assert Rates.asked == ["/v1/GBP"]
    team.close()
    server.shutdown()
    server.server_close()
