// java: an HttpServer and HttpClients, sockets blocking and not, unix sockets, threads, locks, and
// children. Prints a line a test: see check.sh.
import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.*;
import java.util.stream.*;

class Foreign {
	interface Test {
		Object run() throws Exception;
	}

	static final InetAddress here = InetAddress.getLoopbackAddress();
	static int port;

	static void test(String name, Test test) {
		try {
			System.out.println("ok " + name + " = " + test.run());
		} catch (Exception error) {
			System.out.println("not ok " + name + ": " + error);
		}
	}

	static HttpRequest.Builder to(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
	}

	static Process child(String... words) throws IOException {
		return new ProcessBuilder(words).start();
	}

	static String said(Process process) throws Exception {
		var text = new String(process.getInputStream().readAllBytes()).trim().replace('\n', '|');
		return text + " " + process.waitFor();
	}

	static HttpServer serve() throws IOException {
		var server = HttpServer.create(new InetSocketAddress(here, 0), 0);

		server.setExecutor(Executors.newFixedThreadPool(8));
		server.createContext("/", exchange -> {
			var body = exchange.getRequestBody().readAllBytes();
			var answer = exchange.getRequestURI().getPath().equals("/large") ? "0123456789".repeat(200000)
				: exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + Arrays.hashCode(body);
			if (exchange.getRequestURI().getPath().equals("/slow"))
				LockSupport.parkNanos(1_000_000_000);
			exchange.sendResponseHeaders(200, answer.length());
			exchange.getResponseBody().write(answer.getBytes());
			exchange.close();
		});
		server.start();
		port = server.getAddress().getPort();
		return server;
	}

	static void requests(HttpClient client) {
		var text = HttpResponse.BodyHandlers.ofString();

		test("requests", () -> IntStream.range(0, 100).mapToObj(i -> client.sendAsync(to("/" + i).build(), text))
			.toList().stream().map(answer -> answer.join().body()).collect(Collectors.joining()).hashCode());
		test("large", () -> client.send(to("/large").build(), text).body().hashCode());
		test("post", () -> client.send(to("/p").POST(HttpRequest.BodyPublishers.ofString("x".repeat(500000))).build(),
			text).body());
		test("late", () -> {
			try {
				return client.send(to("/slow").timeout(Duration.ofMillis(100)).build(), text).body();
			} catch (HttpTimeoutException error) {
				return "timed out";
			}
		});
		test("refused", () -> {
			try {
				return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:1/")).build(), text);
			} catch (ConnectException error) {
				return "refused";
			}
		});
		test("old_client", () -> {
			try (var stream = to("/old").build().uri().toURL().openStream()) {
				return new String(stream.readAllBytes());
			}
		});
	}

	static int echoed(ReadableByteChannel from, WritableByteChannel into) throws IOException {
		var bytes = ByteBuffer.allocate(4096);
		int count = 0;

		for (int n; (n = from.read(bytes)) >= 0; bytes.clear()) {
			count += n;
			bytes.flip();
			while (bytes.hasRemaining())
				into.write(bytes);
		}
		return count;
	}

	static Object talk(ServerSocketChannel listener, SocketAddress address) throws Exception {
		var echo = CompletableFuture.supplyAsync(() -> {
			try (var peer = listener.accept()) {
				return echoed(peer, peer);
			} catch (IOException error) {
				throw new UncheckedIOException(error);
			}
		});
		try (var socket = SocketChannel.open(address)) {
			int hash = 0;
			for (int i = 0; i < 500; i++) {
				var line = ByteBuffer.wrap(("line " + i + "\n").getBytes());
				int size = line.remaining();
				socket.write(line);
				var back = ByteBuffer.allocate(size);
				while (back.hasRemaining())
					socket.read(back);
				hash = 31 * hash + back.flip().hashCode();
			}
			socket.shutdownOutput();
			return hash + " " + echo.get();
		}
	}

	static void sockets() {
		test("tcp", () -> {
			try (var listener = ServerSocketChannel.open().bind(new InetSocketAddress(here, 0))) {
				return talk(listener, listener.getLocalAddress());
			}
		});
		test("unix", () -> {
			var address = UnixDomainSocketAddress.of("s");
			try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)) {
				return talk(listener, address);
			}
		});
		test("accept_times_out", () -> {
			try (var listener = new ServerSocket(0, 1, here)) {
				listener.setSoTimeout(50);
				listener.accept();
				return "accepted";
			} catch (SocketTimeoutException error) {
				return "timed out";
			}
		});
		test("closed_while_accepting", () -> {
			var listener = new ServerSocket(0, 1, here);
			var closer = CompletableFuture.runAsync(() -> {
				LockSupport.parkNanos(50_000_000);
				try {
					listener.close();
				} catch (IOException error) {
					throw new UncheckedIOException(error);
				}
			});
			try {
				listener.accept();
				return "accepted";
			} catch (SocketException error) {
				closer.join();
				return error.getMessage();
			}
		});
		test("interrupted_channel", () -> {
			var pipe = Pipe.open();
			var said = new CompletableFuture<String>();
			var reader = new Thread(() -> {
				try {
					said.complete("read " + pipe.source().read(ByteBuffer.allocate(1)));
				} catch (IOException error) {
					said.complete(error.getClass().getSimpleName());
				}
			});
			reader.start();
			Thread.sleep(50);
			reader.interrupt();
			return said.get(20, TimeUnit.SECONDS);
		});
		test("selector", () -> {
			try (var selector = Selector.open(); var socket = DatagramChannel.open().bind(new InetSocketAddress(here, 0))) {
				socket.configureBlocking(false).register(selector, SelectionKey.OP_READ);
				int none = selector.select(20);
				socket.send(ByteBuffer.wrap("word".getBytes()), socket.getLocalAddress());
				int one = selector.select(20000);
				var bytes = ByteBuffer.allocate(10);
				socket.receive(bytes);
				return none + " " + one + " " + bytes.position();
			}
		});
		test("resolved", () -> Arrays.stream(InetAddress.getAllByName("localhost"))
			.filter(one -> one instanceof Inet4Address).map(InetAddress::getHostAddress).toList());
		test("unresolved", () -> {
			try {
				return InetAddress.getByName("nothing.invalid");
			} catch (UnknownHostException error) {
				return "unknown";
			}
		});
	}

	static void threads() {
		test("locks", () -> {
			var lock = new ReentrantLock();
			var count = new int[2];
			var pool = Executors.newFixedThreadPool(8);
			var all = new ArrayList<Future<?>>();
			for (int i = 0; i < 8; i++)
				all.add(pool.submit(() -> {
					for (int n = 0; n < 5000; n++) {
						lock.lock();
						count[0]++;
						lock.unlock();
						synchronized (count) {
							count[1]++;
						}
					}
				}));
			for (var one : all)
				one.get();
			pool.shutdown();
			return Arrays.toString(count) + pool.awaitTermination(20, TimeUnit.SECONDS);
		});
		test("many_threads", () -> {
			var sum = new AtomicInteger();
			var all = IntStream.range(0, 300).mapToObj(i -> new Thread(() -> sum.addAndGet(i))).toList();
			all.forEach(Thread::start);
			for (var one : all)
				one.join();
			return sum;
		});
		test("barrier", () -> {
			var turns = new AtomicInteger();
			var barrier = new CyclicBarrier(4, turns::incrementAndGet);
			var all = IntStream.range(0, 4).mapToObj(i -> CompletableFuture.runAsync(() -> {
				try {
					for (int n = 0; n < 50; n++)
						barrier.await();
				} catch (Exception error) {
					throw new CompletionException(error);
				}
			}, command -> new Thread(command).start())).toList();
			all.forEach(CompletableFuture::join);
			return turns;
		});
		test("parallel_sum", () -> LongStream.range(0, 1000000).parallel().sum());
		test("deep_recursion", () -> {
			try {
				return deep(0);
			} catch (StackOverflowError error) {
				return "stack overflow";
			}
		});
		test("null_pointer_by_signal", () -> {
			int caught = 0;
			for (int i = 0; i < 20000; i++)
				try {
					length(i % 2 == 0 ? null : "x");
				} catch (NullPointerException error) {
					caught++;
				}
			return caught;
		});
	}

	static int deep(int n) {
		return deep(n + 1) + 1;
	}

	static int length(String text) {
		return text.length();
	}

	static void children() {
		test("children", () -> {
			var all = new ArrayList<Process>();
			for (int i = 0; i < 15; i++)
				all.add(child("sh", "-c", "exit " + i));
			var ends = new ArrayList<Integer>();
			for (var one : all)
				ends.add(one.waitFor());
			return ends;
		});
		test("input_of_a_child", () -> {
			var sort = child("sort", "-n");
			try (var writer = sort.outputWriter()) {
				for (int i = 5000; i > 0; i--)
					writer.write(i + "\n");
			}
			return said(sort).hashCode();
		});
		test("killed_child", () -> {
			var sleeper = child("sleep", "100");
			sleeper.destroyForcibly();
			return sleeper.waitFor();
		});
		test("missing_program", () -> {
			try {
				return child("no-such-program-at-all");
			} catch (IOException error) {
				return error.getMessage();
			}
		});
		test("descriptors_of_a_child", () -> said(child("sh", "-c", "ls /proc/self/fd | wc -l")));
		test("empty_environment", () -> {
			var builder = new ProcessBuilder("/usr/bin/env");
			builder.environment().clear();
			builder.environment().put("A", "1");
			return said(builder.start()).lines().count();
		});
		test("pipeline", () -> {
			var all = ProcessBuilder.startPipeline(List.of(new ProcessBuilder("seq", "1000"),
				new ProcessBuilder("sort", "-rn"), new ProcessBuilder("head", "-n", "2")));
			return said(all.get(2));
		});
		test("descendants", () -> ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
	}

	public static void main(String[] arguments) throws Exception {
		var server = serve();

		requests(HttpClient.newHttpClient());
		sockets();
		threads();
		children();
		test("mapped_file", () -> {
			try (var file = FileChannel.open(Path.of("mapped"), StandardOpenOption.CREATE, StandardOpenOption.READ,
				StandardOpenOption.WRITE)) {
				var map = file.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20);
				for (int i = 0; i < 1 << 20; i++)
					map.put(i, (byte) i);
				map.force();
				return file.size();
			}
		});
		server.stop(0);
		Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ok end")));
		System.exit(7);
	}
}
