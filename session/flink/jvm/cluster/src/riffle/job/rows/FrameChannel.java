package riffle.job.rows;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * The sending end of riffle's row protocol. The Go package session/flink/frame describes the protocol and
 * implements the receiving end. Bytes written here are collected and sent as data frames of up to 256 KiB.
 *
 * <p>It uses a SocketChannel, because a task that is cancelled is interrupted, and an interrupt ends a
 * blocked write on a channel but not one on a stream.
 */
final class FrameChannel implements WritableByteChannel, Closeable {
    private static final int MAGIC = 0x52464C31; // "RFL1"
    private static final short VERSION = 1;
    private static final byte ROWS_TO_CLIENT = 1;
    private static final byte DATA = 1;
    private static final byte END = 2;
    private static final int HEADER = 5;

    private final SocketChannel socket;
    private final ByteBuffer frame = ByteBuffer.allocateDirect(HEADER + (256 << 10));

    FrameChannel(String host, int port) throws IOException {
        socket = SocketChannel.open(new InetSocketAddress(host, port));
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        frame.position(HEADER);
    }

    void hello(String token, String query, int subtask, int parallelism, int attempt) throws IOException {
        byte[] t = token.getBytes(StandardCharsets.UTF_8);
        byte[] q = query.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(4 + 2 + 1 + 2 + t.length + 2 + q.length + 12);
        b.putInt(MAGIC).putShort(VERSION).put(ROWS_TO_CLIENT);
        b.putShort((short) t.length).put(t).putShort((short) q.length).put(q);
        b.putInt(subtask).putInt(parallelism).putInt(attempt).flip();
        send(b);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int written = source.remaining();
        while (source.hasRemaining()) {
            if (!frame.hasRemaining()) {
                flush();
            }
            int n = Math.min(frame.remaining(), source.remaining());
            ByteBuffer part = source.duplicate();
            part.limit(part.position() + n);
            frame.put(part);
            source.position(source.position() + n);
        }
        return written;
    }

    /** Sends the collected bytes, so that the reader has all rows up to here. */
    void flush() throws IOException {
        int length = frame.position() - HEADER;
        if (length > 0) {
            frame.put(0, DATA).putInt(1, length);
            frame.flip();
            send(frame);
            frame.clear().position(HEADER);
        }
    }

    /** Reports that this subtask is complete, and the total number of rows that it has sent. */
    void end(long rows) throws IOException {
        flush();
        ByteBuffer b = ByteBuffer.allocate(HEADER + 8).put(END).putInt(8).putLong(rows);
        b.flip();
        send(b);
    }

    private void send(ByteBuffer b) throws IOException {
        while (b.hasRemaining()) {
            socket.write(b);
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
