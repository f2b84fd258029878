# git's smart protocol by http: webrick and git-http-backend.
require "webrick"

backend = "#{`git --exec-path`.chomp}/git-http-backend"
server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: ARGV[0].to_i, CGIInterpreter: nil)

class GitBackend < WEBrick::HTTPServlet::AbstractServlet
  def initialize(server, backend)
    super(server)
    @backend = backend
  end

  def service(request, response)
    variables = { "REQUEST_METHOD" => request.request_method, "PATH_INFO" => request.path_info,
                  "QUERY_STRING" => request.query_string.to_s, "REMOTE_USER" => "tester",
                  "CONTENT_TYPE" => request["content-type"].to_s,
                  "HTTP_CONTENT_ENCODING" => request["content-encoding"].to_s,
                  "GIT_PROTOCOL" => request["git-protocol"].to_s }
    output = IO.popen([variables, @backend], "r+b") do |pipe|
      pipe.write(request.body.to_s)
      pipe.close_write
      pipe.read
    end
    head, body = output.split("\r\n\r\n", 2)
    head.split("\r\n").each do |line|
      name, text = line.split(": ", 2)
      name == "Status" ? response.status = text.to_i : response[name] = text
    end
    response.body = body.to_s
  end
end

server.mount("/git", GitBackend, backend)
trap("INT") { server.shutdown }
server.start
