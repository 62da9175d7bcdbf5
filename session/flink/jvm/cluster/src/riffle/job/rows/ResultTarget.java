package riffle.job.rows;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Where a query's rows are sent: the address of riffle's receiver, its token, and the query's name. */
public final class ResultTarget implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int MAGIC = 0x52464C31; // "RFL1"
    private static final short VERSION = 1;
    private static final byte ROWS_TO_CLIENT = 1;

    /** Within this time a target has to accept a connection. */
    private static final int CONNECT_MILLIS = 20_000;

    private final String host;
    private final int port;
    private final String token;
    private final String query;

    public ResultTarget(String host, int port, String token, String query) {
        this.host = host;
        this.port = port;
        this.token = token;
        this.query = query;
    }

    /**
     * Opens a connection for the rows of an attempt of a subtask, and sends the hello. The Go package
     * session/flink/frame describes the protocol.
     */
    public SocketChannel connect(int subtask, int parallelism, int attempt) throws IOException {
        SocketChannel socket = connect();
        byte[] t = token.getBytes(StandardCharsets.UTF_8);
        byte[] q = query.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(4 + 2 + 1 + 2 + t.length + 2 + q.length + 12);
        b.putInt(MAGIC).putShort(VERSION).put(ROWS_TO_CLIENT);
        b.putShort((short) t.length).put(t).putShort((short) q.length).put(q);
        b.putInt(subtask).putInt(parallelism).putInt(attempt).flip();
        while (b.hasRemaining()) {
            socket.write(b);
        }
        return socket;
    }

    private SocketChannel connect() throws IOException {
        SocketChannel socket = SocketChannel.open();
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new IOException("the host is unknown here");
            }
            socket.socket().connect(address, CONNECT_MILLIS);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException(
                    "the TaskManager cannot connect to riffle at " + host + ":" + port + " (" + e.getMessage() + ")", e);
        }
    }

    void write(OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeUTF(host);
        data.writeInt(port);
        data.writeUTF(token);
        data.writeUTF(query);
        data.flush();
    }

    static ResultTarget read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        return new ResultTarget(data.readUTF(), data.readInt(), data.readUTF(), data.readUTF());
    }
}
