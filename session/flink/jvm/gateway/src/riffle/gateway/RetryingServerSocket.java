package riffle.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ServerSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server socket that accepts again after an error, until it is closed. Py4J's server ends at the first
 * error of {@code accept}. One cause is a JVM that has no file descriptors left, which passes when others
 * are closed.
 */
final class RetryingServerSocket extends ServerSocket {
    private static final Logger LOG = LoggerFactory.getLogger(RetryingServerSocket.class);
    private static final long FIRST_PAUSE = 5, LONGEST_PAUSE = 1000; // ms

    RetryingServerSocket() throws IOException {}

    @Override
    public Socket accept() throws IOException {
        for (long pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
            try {
                return super.accept();
            } catch (IOException e) {
                if (isClosed()) {
                    throw e;
                }
                if (pause == FIRST_PAUSE) {
                    LOG.warn("cannot accept connections: {}", e.getMessage());
                }
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    /** Creates sockets of this class, for Py4J. */
    static final class Factory extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new RetryingServerSocket();
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return createServerSocket(port, 0);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return createServerSocket(port, backlog, null);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
            ServerSocket socket = createServerSocket();
            socket.bind(new InetSocketAddress(address, port), backlog);
            return socket;
        }
    }
}
