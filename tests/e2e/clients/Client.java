// A request through java's own unix sockets to the socket that is the first argument.
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

public class Client {
	public static void main(String[] args) throws Exception {
		byte[] request = "GET /v1.41/_ping HTTP/1.0\r\nHost: engine\r\n\r\n"
			.getBytes(StandardCharsets.US_ASCII);
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(args[0]))) {
			channel.write(ByteBuffer.wrap(request));
			ByteBuffer answer = ByteBuffer.allocate(65536);
			while (channel.read(answer) >= 0) {
			}
			String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
			System.out.println(text.lines().findFirst().get());
		}
	}
}
