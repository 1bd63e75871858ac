"""The operations of an OpenAPI file as tools: the file beside the team says what the API takes."""

import json
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from agents_sahara import load_team

API = """
openapi: 3.0.3
info: {title: Bike shop, version: "1"}
servers: [{url: /v2}]
paths:
  /bikes:
    get:
      operationId: listBikes
      summary: Lists the bikes that can be rented
      parameters:
        - {name: size, in: query, schema: {type: string, enum: [S, M, L]}}
      responses: {200: {description: The bikes}}
  /bikes/{number}:
    delete:
      operationId: scrapBike
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      responses: {204: {description: Gone}}
"""
TEAM = """
version: 1
agents:
  desk: {{instructions: Help people to rent bikes., model: gpt-4o, provider: openai, tools: [shop]}}
tools:
  shop: {{openapi: api.yaml, operations: [listBikes], server: "{url}/v2"}}
"""


class Shop(BaseHTTPRequestHandler):
    """The API, on this machine."""

    asked: list[str]

    def do_GET(self) -> None:
        """Tell what there is."""
        self.asked.append(self.path)
        body = json.dumps([{"bike": 7, "size": "M"}]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    Shop.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "team.yaml")
        Path(folder, "api.yaml").write_text(API, encoding="utf-8")
        path.write_text(TEAM.format(url=f"http://127.0.0.1:{server.server_address[1]}"), encoding="utf-8")
        team = load_team(path, allow_hosts=["127.0.0.1"])
        result = team.run_sync("Do you have bikes in size M?")
    print(result.output)
    print([(call.agent, call.tool, call.outcome) for call in result.tool_calls])
    assert [asked.partition("?")[0] for asked in Shop.asked] == ["/v2/bikes"]
    team.close()
    server.shutdown()
    server.server_close()
