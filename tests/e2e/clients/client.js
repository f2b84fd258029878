// dockerode against the engine of DOCKER_HOST: three requests, one line each.
const Docker = require('dockerode');
const docker = new Docker();

async function main() {
	console.log((await docker.ping()).toString());
	const containers = await docker.listContainers({all: true});
	console.log(containers.map((container) => container.Names[0]).join(' '));
	console.log((await docker.getContainer('web').inspect()).State.Status);
}

main();
