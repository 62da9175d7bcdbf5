package riffle.job.rows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/** A connection of a {@link RowCoordinator} to an attempt of a subtask. It is connecting, then open, then ended. */
final class RowConnection implements AutoCloseable {
    private static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(20);

    final int subtask;
    final int attempt;
    private final RowAddress address;
    private final ResultTarget target; // what the subtask is told; null if it sends its rows here
    private final SocketChannel channel;
    private final SelectionKey key;
    private final long begun = System.nanoTime();
    private boolean open;
    private boolean ended;

    RowConnection(int subtask, int attempt, RowAddress address, ResultTarget target, Selector selector)
            throws IOException {
        this.subtask = subtask;
        this.attempt = attempt;
        this.address = address;
        this.target = target;
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_CONNECT, this);
            InetSocketAddress to = new InetSocketAddress(address.host, address.port);
            if (to.isUnresolved()) {
                throw new IOException("its address is unknown here");
            }
            if (channel.connect(to)) {
                greet();
            }
        } catch (IOException e) {
            channel.close();
            throw unreachable(address, e);
        }
    }

    private static IOException unreachable(RowAddress address, IOException e) {
        return new IOException(
                "the JobManager cannot connect to port " + address.port + " of the TaskManager " + address.host
                        + " to fetch rows (" + e.getMessage() + "): set taskmanager.collect-sink.port, and open this"
                        + " port for the JobManager",
                e);
    }

    /** Completes a connection. Throws if the TaskManager cannot be reached. */
    void connected() throws IOException {
        try {
            channel.finishConnect();
            greet();
        } catch (IOException e) {
            throw unreachable(address, e);
        }
    }

    private void greet() throws IOException {
        ByteArrayOutputStream greeting = new ByteArrayOutputStream();
        greeting.write(address.secret);
        if (target != null) {
            target.write(greeting);
        }
        channel.write(ByteBuffer.wrap(greeting.toByteArray())); // always fits into the socket's buffer
        open = true;
    }

    /** Throws if the TaskManager does not answer. */
    void checkTime() throws IOException {
        if (!open && System.nanoTime() - begun > CONNECT_NANOS) {
            throw unreachable(address, new IOException("no answer"));
        }
    }

    boolean isOpen() {
        return open;
    }

    /** Chooses whether the selector reports that rows can be read. */
    void wantRows(boolean want) {
        if (open && key.isValid()) {
            key.interestOps(want && !ended ? SelectionKey.OP_READ : 0);
        }
    }

    /** Reads what is there; returns -1 at the end. */
    int read(ByteBuffer buffer) throws IOException {
        return channel.read(buffer);
    }

    RowBlock block(byte[] bytes, int taken) {
        return new RowBlock(subtask, address.parallelism, attempt, bytes, taken);
    }

    /** No more rows come. The connection stays open for the acknowledgement. */
    RowBlock end() {
        ended = true;
        return block(null, 0);
    }

    boolean hasEnded() {
        return ended;
    }

    /** Reports to the subtask that the client has all of its rows. */
    void acknowledge() {
        try {
            channel.write(ByteBuffer.wrap(new byte[] {RowServer.ARRIVED}));
        } catch (IOException e) {
            // The subtask is gone. It notices that itself.
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // All that was sent has been read.
        }
    }
}
