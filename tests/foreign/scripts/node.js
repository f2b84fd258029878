// node: an http server and clients on TCP and on a unix socket, TLS to itself, raw sockets, UDP,
// look-ups, children, a cluster and worker threads. Prints a line a test: see check.sh.
"use strict";
const child = require("child_process");
const cluster = require("cluster");
const crypto = require("crypto");
const dgram = require("dgram");
const dns = require("dns");
const fs = require("fs");
const http = require("http");
const net = require("net");
const os = require("os");
const path = require("path");
const tls = require("tls");
const { once } = require("events");
const { Worker, isMainThread, parentPort } = require("worker_threads");

if (!isMainThread) {
	let sum = 0;
	for (let i = 0; i < 1e6; i++) sum += i;
	parentPort.postMessage(sum);
} else if (cluster.isWorker) {
	http.createServer((request, response) => response.end("from a worker")).listen({ port: 0, host: "127.0.0.1" });
} else {
	main();
}

const sum = (data) => crypto.createHash("md5").update(data).digest("hex");

async function get(options, body) {
	const request = http.request(options);
	request.end(body);
	const [response] = await once(request, "response");
	const parts = [];
	for await (const part of response) parts.push(part);
	return [response.statusCode, Buffer.concat(parts)];
}

async function serve(place) {
	const server = http.createServer(async (request, response) => {
		const parts = [];
		for await (const part of request) parts.push(part);
		if (request.url === "/large") response.end(Buffer.alloc(3000000, "0123456789"));
		else if (request.url === "/slow") setTimeout(() => response.end("late"), 100);
		else if (request.url === "/gone") request.socket.destroy();
		else response.end(`${request.method} ${request.url} ${sum(Buffer.concat(parts))}`);
	});
	server.listen(place);
	await once(server, "listening");
	return server;
}

const tests = {
	async requests({ where }) {
		const all = await Promise.all(Array.from({ length: 200 }, (_, i) => get({ ...where, path: `/${i}` })));
		return sum(all.map(([status, body]) => status + body).join());
	},
	async large_answer({ where }) {
		const [status, body] = await get({ ...where, path: "/large" });
		return `${status} ${body.length} ${sum(body)}`;
	},
	async large_request({ where }) {
		return (await get({ ...where, path: "/p", method: "POST" }, Buffer.alloc(2000000, "x"))).join();
	},
	async keep_alive({ where }) {
		const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
		for (let i = 0; i < 50; i++) await get({ ...where, path: `/${i}`, agent });
		agent.destroy();
		return agent.totalSocketCount <= 1;
	},
	async time_out({ where }) {
		const request = http.request({ ...where, path: "/slow", timeout: 20 });
		request.end();
		request.on("error", () => {});
		await once(request, "timeout");
		request.destroy();
		return "timed out";
	},
	async reset({ where }) {
		return get({ ...where, path: "/gone" }).catch((error) => error.code);
	},
	async refused() {
		return get({ host: "127.0.0.1", port: 1 }).catch((error) => `${error.code} ${error.syscall}`);
	},
	async no_socket() {
		return get({ socketPath: "/nonexistent" }).catch((error) => error.code);
	},
};

const others = {
	async localhost() {
		return (await dns.promises.lookup("localhost", { family: 4 })).address;
	},
	async no_such_name() {
		return dns.promises.lookup("nothing.invalid").catch((error) => error.syscall);
	},
	async many_look_ups() {
		const all = await Promise.all(Array.from({ length: 30 }, () => dns.promises.lookup("localhost", { family: 4 })));
		return new Set(all.map((row) => row.address)).size;
	},
	async echo() {
		const server = net.createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
		await once(server, "listening");
		const socket = net.connect(server.address().port, "127.0.0.1");
		const parts = [];
		socket.on("data", (part) => parts.push(part));
		for (let i = 0; i < 2000; i++) if (!socket.write(`line ${i}\n`)) await once(socket, "drain");
		socket.end();
		await once(socket, "close");
		server.close();
		return sum(Buffer.concat(parts));
	},
	async datagrams() {
		const server = dgram.createSocket("udp4"), client = dgram.createSocket("udp4");
		server.on("message", (data, from) => server.send(data.toString().toUpperCase(), from.port, from.address));
		server.bind(0, "127.0.0.1");
		await once(server, "listening");
		const answers = [];
		for (let i = 0; i < 20; i++) {
			client.send(`word ${i}`, server.address().port, "127.0.0.1");
			answers.push((await once(client, "message"))[0].toString());
		}
		server.close();
		client.close();
		return sum(answers.join());
	},
	async encrypted() {
		child.execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj",
			"/CN=localhost", "-keyout", "k.pem", "-out", "c.pem"], { stdio: "ignore" });
		const server = tls.createServer({ key: fs.readFileSync("k.pem"), cert: fs.readFileSync("c.pem") },
			(socket) => socket.end("secret")).listen(0, "127.0.0.1");
		await once(server, "listening");
		const socket = tls.connect({ port: server.address().port, host: "127.0.0.1", servername: "localhost",
			ca: fs.readFileSync("c.pem") });
		const [data] = await once(socket, "data");
		const said = `${data} ${socket.getProtocol()} ${socket.authorized}`;
		socket.destroy();
		server.close();
		return said;
	},
	async children() {
		const ends = await Promise.all(Array.from({ length: 20 }, async (_, i) =>
			(await once(child.spawn("sh", ["-c", `exit ${i}`]), "exit"))[0]));
		return ends.join();
	},
	async child_input() {
		const sort = child.spawn("sort", ["-n"]);
		for (let i = 5000; i > 0; i--) sort.stdin.write(`${i}\n`);
		sort.stdin.end();
		const parts = [];
		for await (const part of sort.stdout) parts.push(part);
		return sum(Buffer.concat(parts));
	},
	async child_killed() {
		const sleeper = child.spawn("sleep", ["100"]);
		sleeper.kill("SIGTERM");
		return (await once(sleeper, "exit")).join();
	},
	async child_missing() {
		return (await once(child.spawn("no-such-program"), "error"))[0].code;
	},
	async child_synchronous() {
		return child.spawnSync("sh", ["-c", "echo out; echo err >&2; kill -9 $$"]).signal;
	},
	async child_detached() {
		const said = child.execFileSync("sh", ["-c", "echo $0 $#; ls /proc/self/fd | wc -l"]);
		return said.toString().split("\n").join();
	},
	async forked_node() {
		fs.writeFileSync("f.js", "process.on('message', (m) => { process.send(m * 2); process.disconnect(); });");
		const other = child.fork("f.js");
		other.send(21);
		return `${(await once(other, "message"))[0]} ${(await once(other, "exit"))[0]}`;
	},
	async workers() {
		const sums = await Promise.all(Array.from({ length: 4 }, async () =>
			(await once(new Worker(__filename), "message"))[0]));
		return sums.join();
	},
	async clustered() {
		cluster.setupPrimary({ silent: true });
		const worker = cluster.fork();
		const [address] = await once(worker, "listening");
		const said = (await get({ host: "127.0.0.1", port: address.port })).join();
		worker.process.kill("SIGKILL");
		return `${said} ${(await once(worker, "exit"))[1]}`;
	},
	async files() {
		await Promise.all(Array.from({ length: 100 }, (_, i) => fs.promises.writeFile(`file${i}`, `text ${i}`)));
		const texts = await Promise.all(Array.from({ length: 100 }, (_, i) => fs.promises.readFile(`file${i}`)));
		return sum(texts.join());
	},
	async watched() {
		const watcher = fs.watch(".");
		setTimeout(() => fs.writeFileSync("seen", ""), 50);
		const [kind] = await once(watcher, "change");
		watcher.close();
		return kind;
	},
	async signalled() {
		const alive = setInterval(() => {}, 1000); // a signal that is waited for is not enough
		setTimeout(() => process.kill(process.pid, "SIGUSR2"), 20);
		const [name] = await once(process, "SIGUSR2");
		clearInterval(alive);
		return name;
	},
	async descriptors() {
		return fs.readdirSync("/proc/self/fd").length < 60;
	},
	async title() {
		return `${fs.readlinkSync("/proc/self/exe") === process.execPath} ${os.availableParallelism() > 0}`;
	},
};

async function attempt(name, test, argument) {
	try {
		console.log(`ok ${name} = ${await test(argument)}`);
	} catch (error) {
		console.log(`not ok ${name}: ${error.message}`);
	}
}

async function main() {
	const places = { tcp: { port: 0, host: "127.0.0.1" }, unix: { path: path.resolve("socket") } };
	for (const [kind, place] of Object.entries(places)) {
		const server = await serve(place);
		const where = kind === "tcp" ? { host: "127.0.0.1", port: server.address().port } : { socketPath: place.path };
		for (const [name, test] of Object.entries(tests)) await attempt(`${name}_${kind}`, test, { where });
		server.closeAllConnections();
		server.close();
	}
	for (const [name, test] of Object.entries(others)) await attempt(name, test);
	console.log("ok end");
	process.exit(7);
}
