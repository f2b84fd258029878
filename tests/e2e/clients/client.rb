# ruby-docker-api against the engine of DOCKER_URL (TCP): two requests, one line each.
require 'docker'

puts Docker.ping
puts Docker::Container.all(all: true).map { |container| container.info['Names'][0] }.join(' ')
