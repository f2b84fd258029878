"""The Python SDK against the engine of DOCKER_HOST: three requests, one line each."""
import docker

client = docker.from_env()
print(client.ping())
print([container["Names"] for container in client.api.containers(all=True)])
print(client.api.inspect_container("web")["State"]["Status"])
