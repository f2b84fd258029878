# ruby: webrick and net/http on TCP, sockets, threads and locks, children of every kind, timeouts.
# Prints a line a test: see check.sh.
require "digest"
require "io/console"
require "monitor"
require "net/http"
require "open3"
require "pty"
require "socket"
require "timeout"
require "webrick"

$stdout.sync = true

def test(name)
  puts "ok #{name} = #{yield.to_s.tr("\n", "|")}"
rescue StandardError, Timeout::Error => error
  puts "not ok #{name}: #{error.class} #{error.message}"
end

def sum(text)
  Digest::MD5.hexdigest(text)
end

server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, Logger: WEBrick::Log.new(File::NULL),
                                 AccessLog: [])
port = server.listeners[0].addr[1]
server.mount_proc("/") { |request, response| response.body = "#{request.request_method} #{request.path} #{sum(request.body.to_s)}" }
server.mount_proc("/large") { |_, response| response.body = "0123456789" * 200_000 }
server.mount_proc("/slow") { |_, response| sleep 0.5; response.body = "late" }
serving = Thread.new { server.start }

test(:requests) do
  threads = 20.times.map { |i| Thread.new { Net::HTTP.get(URI("http://127.0.0.1:#{port}/#{i}")) } }
  sum(threads.map(&:value).join)
end
test(:large) { sum(Net::HTTP.get(URI("http://127.0.0.1:#{port}/large"))) }
test(:post) { Net::HTTP.post(URI("http://127.0.0.1:#{port}/p"), "x" * 500_000).body }
test(:kept_alive) do
  Net::HTTP.start("127.0.0.1", port) { |http| sum(50.times.map { |i| http.get("/#{i}").body }.join) }
end
test(:late) do
  Net::HTTP.start("127.0.0.1", port, read_timeout: 0.1, max_retries: 0) { |http| http.get("/slow") }
rescue Net::ReadTimeout
  "timed out"
end
test(:refused) do
  Net::HTTP.get(URI("http://127.0.0.1:1/"))
rescue Errno::ECONNREFUSED => error
  error.errno
end
test(:resolved) { Socket.getaddrinfo("localhost", 80, :INET, :STREAM).map { |row| row[3] } }
test(:unresolved) do
  Addrinfo.getaddrinfo("nothing.invalid", 80)
rescue SocketError
  "no such name"
end
test(:unix) do
  UNIXServer.open("s") do |listener|
    echo = Thread.new { listener.accept.tap { |peer| IO.copy_stream(peer, peer); peer.close } }
    UNIXSocket.open("s") do |socket|
      writer = Thread.new { 5000.times { |i| socket.puts(i) }; socket.close_write }
      text = socket.read
      [writer, echo].each(&:join)
      sum(text)
    end
  end
end
test(:passed_descriptor) do
  a, b = UNIXSocket.pair
  r, w = IO.pipe
  a.send_io(w)
  other = b.recv_io
  other.write("through another")
  [other, w].each(&:close)
  r.read
end
test(:datagram) do
  one, two = UDPSocket.new, UDPSocket.new
  one.bind("127.0.0.1", 0)
  two.send("word", 0, "127.0.0.1", one.addr[1])
  one.recvfrom(10)[0]
end
test(:nonblocking) do
  a, b = UNIXSocket.pair
  said = [a.read_nonblock(1, exception: false)]
  b.write("x")
  said << IO.select([a], nil, nil, 5)[0].size << a.read_nonblock(5)
  b.close
  said << a.read_nonblock(1, exception: false).inspect
end
test(:threads) do
  count, lock = 0, Mutex.new
  8.times.map { Thread.new { 2000.times { lock.synchronize { count += 1 } } } }.each(&:join)
  count
end
test(:queue) do
  queue, results = SizedQueue.new(3), Queue.new
  workers = 4.times.map { Thread.new { while (job = queue.pop) do results << job * 2 end } }
  500.times { |i| queue << i }
  4.times { queue << nil }
  workers.each(&:join)
  results.size.times.sum { results.pop }
end
test(:condition) do
  monitor = Monitor.new
  ready = monitor.new_cond
  done = false
  waiter = Thread.new { monitor.synchronize { ready.wait_until { done } } ; "woken" }
  monitor.synchronize { done = true; ready.broadcast }
  waiter.value
end
test(:timed_out) do
  Timeout.timeout(0.1) { sleep 10 }
rescue Timeout::Error
  "in time"
end
test(:killed_thread) do
  cleaned = false
  thread = Thread.new { begin sleep 100 ensure cleaned = true end }
  Thread.pass until thread.status == "sleep"
  thread.kill.join
  cleaned
end
test(:interrupted_read) do
  r, = IO.pipe
  thread = Thread.new { r.read rescue $!.class }
  Thread.pass until thread.status == "sleep"
  r.close
  thread.value
end
test(:children) { 20.times.map { |i| spawn("exit #{i}") }.map { |pid| Process.wait2(pid)[1].exitstatus } }
test(:forked) do
  r, w = IO.pipe
  pid = fork { w.puts(Thread.list.size); exit!(3) }
  w.close
  [r.read.chomp, Process.wait2(pid)[1].exitstatus]
end
test(:forked_with_locks) do
  lock = Mutex.new
  busy = Thread.new { loop { lock.synchronize { 100.times { rand } } } }
  ends = 10.times.map { Process.wait2(fork { exit!(4) })[1].exitstatus }
  busy.kill.join
  ends.uniq
end
test(:input_of_a_child) { sum(Open3.capture2("sort -n", stdin_data: (1..5000).to_a.reverse.join("\n"))[0]) }
test(:errors_of_a_child) { Open3.capture3("echo out; echo err >&2; exit 6").then { |o, e, s| [o, e, s.exitstatus] } }
test(:killed_child) do
  pid = spawn("sleep 100")
  Process.kill(:TERM, pid)
  Process.wait2(pid)[1].termsig
end
test(:missing_program) do
  spawn("no-such-program-at-all")
rescue Errno::ENOENT
  "ENOENT"
end
test(:environment_of_a_child) { IO.popen([{ "A" => "1" }, "sh", "-c", "echo $A $HOME2", { unsetenv_others: true }]).read }
test(:descriptors_of_a_child) { IO.popen("ls /proc/self/fd").read.split.size }
test(:closed_streams) { Process.wait2(spawn("exit 9", in: :close, out: :close, err: :close))[1].exitstatus }
test(:terminal) do
  said = nil
  PTY.spawn("stty size; tty >/dev/null && echo yes; exit 5") do |output, _, pid|
    text = +""
    begin
      loop { text << output.readpartial(100) }
    rescue Errno::EIO
      nil
    end
    said = [text.delete("\r"), Process.wait2(pid)[1].exitstatus]
  end
  said
end
test(:signals) do
  got = Queue.new
  trap("USR1") { Thread.new { got << "usr1" } }
  Process.kill(:USR1, Process.pid)
  got.pop
end
test(:system_call) { [syscall(39) == Process.pid, $0.end_with?("ruby.rb")] }
test(:stopped) do
  server.shutdown
  serving.join(20) ? "ended" : "still there"
end
puts "ok end"
exit!(7)
