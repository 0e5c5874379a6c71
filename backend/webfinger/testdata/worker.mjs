// Runs the Worker of argv[2] at a port of its own, which it prints. Requests reach it as Cloudflare would hand them on, for https unless a header says otherwise.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { default: worker } = await import(pathToFileURL(process.argv[2]));
globalThis.fetch = async () => new Response("the website"); // what is not the Worker's goes to the website

createServer(async (asked, answer) => {
  const request = new Request(`${asked.headers["x-scheme"] ?? "https"}://${asked.headers.host}${asked.url}`, { method: asked.method });
  const given = await worker.fetch(request, {});
  answer.writeHead(given.status, Object.fromEntries(given.headers)).end(Buffer.from(await given.arrayBuffer()));
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
